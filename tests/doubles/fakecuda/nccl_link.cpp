#include "tests/doubles/fakecuda/nccl_link.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

namespace fakecuda {
namespace {

/// In front of every message.
struct Header {
  std::uint32_t kind;
  std::int32_t rank;  // who speaks
  std::int32_t device;
  std::uint32_t text;  // bytes
  std::uint64_t seed;
  std::uint64_t place;
  std::uint64_t bytes;
};

std::vector<std::byte> encode(int rank, const Message& message) {
  const Header header{static_cast<std::uint32_t>(message.kind),
                      rank,
                      message.device,
                      static_cast<std::uint32_t>(message.text.size()),
                      message.seed,
                      message.place,
                      message.bytes.size()};
  std::vector<std::byte> all(sizeof header + message.text.size() + message.bytes.size());
  std::memcpy(all.data(), &header, sizeof header);
  std::memcpy(all.data() + sizeof header, message.text.data(), message.text.size());
  std::copy(message.bytes.begin(), message.bytes.end(), all.end() - static_cast<std::ptrdiff_t>(message.bytes.size()));
  return all;
}

struct Heard {
  int rank;
  Message message;
};

/// The first message, taken from the front; none while it is not whole.
std::optional<Heard> take_message(std::vector<std::byte>& in) {
  Header header;
  if (in.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, in.data(), sizeof header);
  const std::size_t whole = sizeof header + header.text + header.bytes;
  if (in.size() < whole) return std::nullopt;
  const auto* text = reinterpret_cast<const char*>(in.data() + sizeof header);
  const auto bytes = in.begin() + static_cast<std::ptrdiff_t>(sizeof header + header.text);
  const auto end = in.begin() + static_cast<std::ptrdiff_t>(whole);
  Heard heard{header.rank,
              {static_cast<Message::Kind>(header.kind), header.device, header.seed, header.place,
               std::string{text, header.text}, std::vector<std::byte>{bytes, end}}};
  in.erase(in.begin(), end);
  return heard;
}

struct Address {
  sockaddr_un address{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

/// A leading zero makes it a name that is in no folder.
Address address_of(const std::string& name, int rank) {
  Address made;
  made.address.sun_family = AF_UNIX;
  const std::string text = name + " " + std::to_string(rank);
  const std::size_t length = std::min(text.size(), sizeof made.address.sun_path - 1);
  std::memcpy(made.address.sun_path + 1, text.data(), length);
  made.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);
  return made;
}

int make_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

void shut(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

}  // namespace

std::shared_ptr<Link> Link::open(const std::string& id, int rank, const Message& hello, int size, Hears hears) {
  const std::shared_ptr<Link> link{new Link{id, rank, size, std::move(hears)}};
  const Address own = address_of(id, rank);
  link->listening_ = make_socket();
  link->bell_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (::bind(link->listening_, own.get(), own.size) != 0 || ::listen(link->listening_, size) != 0) {
    shut(link->listening_);
    shut(link->bell_);
    return nullptr;
  }
  link->hello_ = hello;
  for (int higher = rank + 1; higher < size; ++higher) link->send(higher, hello);
  for (int lower = 0; lower < rank; ++lower) link->send(lower, hello);
  std::thread{[link] { link->serve(); }}.detach();
  return link;
}

Link::Link(std::string name, int rank, int size, Hears hears)
    : name_{std::move(name)}, rank_{rank}, hears_{std::move(hears)}, peers_(static_cast<std::size_t>(size)) {}

void Link::send(int to, const Message& message) {
  Peer& peer = peers_[static_cast<std::size_t>(to)];
  if (to == rank_ || peer.is_lost) return;
  peer.out.push_back(encode(rank_, message));
  wake();
}

void Link::send_to_all(const Message& message) {
  for (int rank = 0; rank < static_cast<int>(peers_.size()); ++rank) send(rank, message);
}

bool Link::is_flushed() const {
  return std::all_of(peers_.begin(), peers_.end(),
                     [](const Peer& peer) { return peer.socket < 0 || peer.is_lost || peer.out.empty(); });
}

void Link::close() {
  is_closing_ = true;
  wake();
}

void Link::wake() const {
  const std::uint64_t ring = 1;
  [[maybe_unused]] const ssize_t rung = ::write(bell_, &ring, sizeof ring);
}

bool Link::is_complete() const {
  for (std::size_t rank = 0; rank < peers_.size(); ++rank)
    if (static_cast<int>(rank) != rank_ && peers_[rank].socket < 0 && !peers_[rank].is_lost) return false;
  return true;
}

void Link::serve() {
  constexpr int next_try = 2;     // ms, while somebody is not there to connect to
  constexpr int next_look = 100;  // ms
  std::vector<pollfd> watched;
  while (true) {
    int patience = next_look;
    {
      const Lock lock;
      connect_to_lower_ranks();
      accept_higher_ranks();
      greet_strangers();
      for (int rank = 0; rank < static_cast<int>(peers_.size()); ++rank) read_from(rank);
      for (Peer& peer : peers_) write_to(peer);
      if (is_closing_ && is_flushed()) {
        for (Peer& peer : peers_) shut(peer.socket);
        for (Peer& peer : strangers_) shut(peer.socket);
        shut(listening_);
        shut(bell_);
        return;
      }
      watched.assign({{bell_, POLLIN, 0}, {listening_, POLLIN, 0}});
      for (const Peer& peer : strangers_) watched.push_back({peer.socket, POLLIN, 0});
      for (const Peer& peer : peers_)
        if (peer.socket >= 0)
          watched.push_back({peer.socket, static_cast<short>(POLLIN | (peer.out.empty() ? 0 : POLLOUT)), 0});
      if (!is_complete()) patience = next_try;
    }
    ::poll(watched.data(), watched.size(), patience);
    std::uint64_t rings = 0;
    [[maybe_unused]] const ssize_t heard = ::read(bell_, &rings, sizeof rings);
  }
}

void Link::connect_to_lower_ranks() {
  for (int rank = 0; rank < rank_ && !is_closing_; ++rank) {
    Peer& peer = peers_[static_cast<std::size_t>(rank)];
    if (peer.socket >= 0 || peer.is_lost) continue;
    int socket = make_socket();
    const Address theirs = address_of(name_, rank);
    if (::connect(socket, theirs.get(), theirs.size) == 0)
      peer.socket = socket;
    else
      shut(socket);
  }
}

void Link::accept_higher_ranks() {
  while (true) {
    const int socket = ::accept4(listening_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    strangers_.emplace_back().socket = socket;
  }
}

void Link::greet_strangers() {
  for (Peer& stranger : strangers_) {
    const bool open = fill(stranger);
    std::vector<std::byte> rest = stranger.in;
    if (const auto heard = take_message(rest); heard && heard->rank > rank_ &&
                                               heard->rank < static_cast<int>(peers_.size()) &&
                                               peers_[static_cast<std::size_t>(heard->rank)].socket < 0) {
      Peer& peer = peers_[static_cast<std::size_t>(heard->rank)];
      peer.socket = std::exchange(stranger.socket, -1);
      peer.in = std::move(stranger.in);
    } else if (heard) {  // a rank that this group does not have: let it be heard, and refused
      hears_.message(heard->rank, heard->message);
      shut(stranger.socket);
    } else if (!open) {
      shut(stranger.socket);
    }
  }
  std::erase_if(strangers_, [](const Peer& stranger) { return stranger.socket < 0; });
}

bool Link::fill(Peer& peer) {
  std::byte part[1U << 16U];
  while (true) {
    const ssize_t got = ::recv(peer.socket, part, sizeof part, 0);
    if (got > 0) {
      peer.in.insert(peer.in.end(), part, part + got);
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
      return false;
    } else if (errno == EAGAIN) {
      return true;
    }
  }
}

void Link::read_from(int rank) {
  Peer& peer = peers_[static_cast<std::size_t>(rank)];
  if (peer.socket < 0) return;
  const bool open = fill(peer);
  while (auto heard = take_message(peer.in)) {
    peer.said_goodbye |= heard->message.kind == Message::Kind::goodbye;
    hears_.message(rank, std::move(heard->message));
  }
  if (!open) lose(rank);
}

void Link::write_to(Peer& peer) {
  while (peer.socket >= 0 && !peer.out.empty()) {
    const std::vector<std::byte>& first = peer.out.front();
    const ssize_t sent =
        ::send(peer.socket, first.data() + peer.out_begun, first.size() - peer.out_begun, MSG_NOSIGNAL);
    if (sent < 0) {
      // Whoever reads next finds that the other is gone, after what it has still said.
      if (errno != EINTR && errno != EAGAIN) peer.out.clear();
      if (errno != EINTR) break;
      continue;
    }
    peer.out_begun += static_cast<std::size_t>(sent);
    if (peer.out_begun < first.size()) continue;
    peer.out.pop_front();
    peer.out_begun = 0;
  }
  if (peer.out.empty()) peer.out_begun = 0;
}

void Link::lose(int rank) {
  Peer& peer = peers_[static_cast<std::size_t>(rank)];
  shut(peer.socket);
  peer.is_lost = true;
  peer.out.clear();
  if (!peer.said_goodbye && !is_closing_) hears_.lost(rank);
}

}  // namespace fakecuda
