#include "harness/run/environment/cuda.hpp"

#include "harness/base/error.hpp"
#include "harness/device/cuda/built.hpp"
#include "harness/run/environment/plain_value.hpp"
#include "harness/run/in_child.hpp"

namespace lockstep {
namespace {

Json to_json(const cuda::Gpu& gpu) {
  return {{"name", gpu.name},
          {"bus_id", gpu.bus_id},
          {"multiprocessors", gpu.multiprocessors},
          {"compute_capability", gpu.compute_capability},
          {"memory", gpu.memory},
          {"reaches", gpu.reaches}};
}

cuda::Gpu gpu_in(const Json& json) {
  return {.name = json.at("name"),
          .bus_id = json.at("bus_id"),
          .multiprocessors = json.at("multiprocessors"),
          .compute_capability = json.at("compute_capability"),
          .memory = json.at("memory"),
          .reaches = json.at("reaches").get<std::vector<bool>>()};
}

Json or_null(const std::string& version) { return version.empty() ? Json(nullptr) : Json(plain_value(version)); }

}  // namespace

Json to_json(const cuda::Facts& facts) {
  Json json{{"is_built", facts.is_built}, {"is_emulated", facts.is_emulated},
            {"unusable", facts.unusable}, {"runtime", facts.runtime},
            {"driver", facts.driver},     {"cublas", facts.cublas},
            {"nccl", facts.nccl},         {"gpus", Json::array()}};
  for (const cuda::Gpu& gpu : facts.gpus) json["gpus"].push_back(to_json(gpu));
  return json;
}

cuda::Facts cuda_facts_in(const Json& json) {
  cuda::Facts facts{.is_built = json.at("is_built"),
                    .is_emulated = json.at("is_emulated"),
                    .unusable = json.at("unusable"),
                    .runtime = json.at("runtime"),
                    .driver = json.at("driver"),
                    .cublas = json.at("cublas"),
                    .nccl = json.at("nccl"),
                    .gpus = {}};
  for (const Json& gpu : json.at("gpus")) facts.gpus.push_back(gpu_in(gpu));
  return facts;
}

cuda::Facts inquire_cuda(Seconds patience) {
  try {
    return cuda_facts_in(in_child("asking CUDA", patience, [] { return to_json(cuda::facts()); }));
  } catch (const Error& error) {
    cuda::Facts none;
    none.is_built = cuda::is_built;
    none.unusable = plain_value(error.what());
    return none;
  }
}

Json cuda_versions(const cuda::Facts& facts) {
  return {{"cuda_runtime", or_null(facts.runtime)}, {"cublas", or_null(facts.cublas)}, {"nccl", or_null(facts.nccl)}};
}

}  // namespace lockstep
