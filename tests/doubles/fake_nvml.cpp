// A libnvidia-ml.so.1 for tests, with the functions that Lockstep calls. The environment variable FAKE_NVML tells it,
// in words between blanks, what to be:
//   gpus=N      N GPUs (4); 0 and 1 have two NVLinks to each other, the others reach each other over PCIe
//   switch      every GPU has three NVLinks, all to switches
//   hostile     names that end without a zero, with escape sequences and bytes that are not UTF-8
//   fails=F     the function F returns an error and leaves its results alone; may be given several times
//   garbage=F   F returns an error after it has written nonsense to its results
//   crashes=F   F kills the process
//   hangs=F     F does not return
// Types are those of nvml.h, written down apart from the ones in harness/, so that a mistake in one shows.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

namespace {

constexpr int success = 0;
constexpr int invalid_argument = 2;
constexpr int not_supported = 3;

using Device = std::uintptr_t;  // index + 1, as wide as a pointer

struct Pci {
  char legacy[16];
  unsigned numbers[5];
  char bus_id[32];
};
static_assert(sizeof(Pci) == 68 && offsetof(Pci, bus_id) == 36);

std::string setup() {
  const char* variable = std::getenv("FAKE_NVML");
  return variable == nullptr ? "" : variable;
}

bool is_set(const std::string& word) {
  std::istringstream words{setup()};
  for (std::string one; words >> one;)
    if (one == word) return true;
  return false;
}

unsigned gpus() {
  const std::string text = setup();
  const std::size_t at = text.find("gpus=");
  return at == std::string::npos ? 4 : static_cast<unsigned>(std::strtoul(text.c_str() + at + 5, nullptr, 10));
}

/// The return value of a function of this name; `answer` fills in its results.
template <typename Answer>
int reply(const char* function, Answer answer) {
  const std::string name{function};
  if (is_set("crashes=" + name)) std::abort();
  if (is_set("hangs=" + name))
    for (;;) ::pause();
  if (is_set("fails=" + name)) return not_supported;
  answer();
  return is_set("garbage=" + name) ? not_supported : success;
}

void write_bus_id(Pci* pci, Device device) {
  std::snprintf(pci->bus_id, sizeof pci->bus_id, "00000000:%02X:00.0", static_cast<unsigned>(device));
}

/// The GPU at the other end of an NVLink that does not end at a switch; 0 where there is no link.
Device link_end(Device device, unsigned link) { return link < 2 && device <= 2 && gpus() >= 2 ? 3 - device : 0; }

bool has_link(Device device, unsigned link) { return is_set("switch") ? link < 3 : link_end(device, link) != 0; }

}  // namespace

extern "C" {

int nvmlInit_v2() {
  return reply(__func__, [] {});
}

int nvmlShutdown() {
  return reply(__func__, [] {});
}

int nvmlSystemGetDriverVersion(char* version, unsigned size) {
  return reply(__func__, [&] { std::snprintf(version, size, "550.54.15"); });
}

int nvmlSystemGetCudaDriverVersion_v2(int* version) {
  return reply(__func__, [&] { *version = 12040; });
}

int nvmlDeviceGetCount_v2(unsigned* count) {
  return reply(__func__, [&] { *count = gpus(); });
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device) {
  if (index >= gpus()) return invalid_argument;
  return reply(__func__, [&] { *device = index + 1; });
}

int nvmlDeviceGetName(Device, char* name, unsigned size) {
  return reply(__func__, [&] {
    static constexpr char hostile[] = "\x1b[31mRed\x07\xff\xfe GPU\n";
    if (is_set("hostile"))
      for (unsigned i = 0; i < size; ++i) name[i] = hostile[i % (sizeof hostile - 1)];
    else
      std::snprintf(name, size, "Fake H100");
  });
}

int nvmlDeviceGetPciInfo_v3(Device device, Pci* pci) {
  return reply(__func__, [&] { write_bus_id(pci, device); });
}

int nvmlDeviceGetCudaComputeCapability(Device, int* major, int* minor) {
  return reply(__func__, [&] {
    *major = 9;
    *minor = 0;
  });
}

int nvmlDeviceGetMemoryInfo(Device, unsigned long long* total_free_used) {
  return reply(__func__, [&] {
    total_free_used[0] = 80ULL << 30;
    total_free_used[1] = 79ULL << 30;
    total_free_used[2] = 1ULL << 30;
  });
}

int nvmlDeviceGetClockInfo(Device device, int type, unsigned* mhz) {
  return reply(__func__, [&] { *mhz = (type == 1 ? 1000 : 2000) + static_cast<unsigned>(device); });
}

int nvmlDeviceGetMaxClockInfo(Device, int type, unsigned* mhz) {
  return reply(__func__, [&] { *mhz = type == 1 ? 1980 : 2619; });
}

int nvmlDeviceGetPowerManagementLimit(Device, unsigned* milliwatts) {
  return reply(__func__, [&] { *milliwatts = 700'500; });
}

int nvmlDeviceGetEccMode(Device, int* now, int* later) {
  return reply(__func__, [&] {
    *now = 1;
    *later = 0;
  });
}

int nvmlDeviceGetPersistenceMode(Device, int* mode) {
  return reply(__func__, [&] { *mode = 1; });
}

int nvmlDeviceGetMigMode(Device, unsigned* now, unsigned* later) {
  return reply(__func__, [&] {
    *now = 0;
    *later = 1;
  });
}

int nvmlDeviceGetMaxPcieLinkGeneration(Device, unsigned* generation) {
  return reply(__func__, [&] { *generation = 5; });
}

int nvmlDeviceGetMaxPcieLinkWidth(Device, unsigned* lanes) {
  return reply(__func__, [&] { *lanes = 16; });
}

int nvmlDeviceGetNvLinkState(Device device, unsigned link, int* is_active) {
  if (link >= 18) return invalid_argument;
  return reply(__func__, [&] { *is_active = has_link(device, link) ? 1 : 0; });
}

int nvmlDeviceGetNvLinkVersion(Device, unsigned, unsigned* version) {
  return reply(__func__, [&] { *version = 4; });
}

int nvmlDeviceGetNvLinkRemoteDeviceType(Device, unsigned, int* type) {
  return reply(__func__, [&] { *type = is_set("switch") ? 2 : 0; });
}

int nvmlDeviceGetNvLinkRemotePciInfo_v2(Device device, unsigned link, Pci* pci) {
  return reply(__func__, [&] { write_bus_id(pci, is_set("switch") ? 200 : link_end(device, link)); });
}

int nvmlDeviceGetTopologyCommonAncestor(Device a, Device b, int* level) {
  // One more hop for each step that their numbers are apart: 10, 20, 30, …
  return reply(__func__, [&] { *level = static_cast<int>(a > b ? a - b : b - a) * 10; });
}

}  // extern "C"
