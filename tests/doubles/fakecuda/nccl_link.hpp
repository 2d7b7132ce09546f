// One rank's connections to the other ranks of its communicator, each in a process of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/doubles/fakecuda/lock.hpp"

namespace fakecuda {

/// What one rank tells another.
struct Message {
  enum class Kind : std::uint32_t {
    hello,         // `place`: the size of the group, `device`, `seed`
    contribution,  // to collective `place`: `text` is the call, `bytes` what the rank gives
    data,          // of its `place`-th send to the receiver
    room,          // for the receiver's `place`-th send to it
    aborted,
    goodbye,  // it has destroyed its end
  };
  Kind kind;
  int device = 0;
  std::uint64_t seed = 0;
  std::uint64_t place = 0;
  std::string text = {};
  std::vector<std::byte> bytes = {};
};

/// Sockets with names of this machine that no file stands for, so that nothing is left of a process that is killed: it
/// is lost at once to all that are connected with it. Everything needs the runtime's lock; a thread of its own moves
/// the bytes.
class Link : public std::enable_shared_from_this<Link> {
 public:
  struct Hears {
    std::function<void(int rank, Message message)> message;
    std::function<void(int rank)> lost;  // gone without a goodbye
  };

  /// Null when a process has this rank of this id already.
  static std::shared_ptr<Link> open(const std::string& id, int rank, const Message& hello, int size, Hears hears);

  void send(int to, const Message& message);
  void send_to_all(const Message& message);
  /// Whether all that was said is on its way, or will never be heard.
  [[nodiscard]] bool is_flushed() const;
  /// Ends when all that was said is on its way.
  void close();

 private:
  struct Peer {
    int socket = -1;
    bool is_lost = false;
    bool said_goodbye = false;
    std::deque<std::vector<std::byte>> out;
    std::size_t out_begun = 0;  // bytes of the first that are on their way
    std::vector<std::byte> in;  // not yet a whole message
  };

  Link(std::string name, int rank, int size, Hears hears);
  void serve();
  void connect_to_lower_ranks();
  void accept_higher_ranks();
  void write_to(Peer& peer);
  void read_from(int rank);
  void greet_strangers();
  static bool fill(Peer& peer);  // false at the end of what comes
  void lose(int rank);
  [[nodiscard]] bool is_complete() const;
  void wake() const;

  std::string name_;
  int rank_;
  Hears hears_;
  Message hello_;
  int listening_ = -1;
  int bell_ = -1;
  bool is_closing_ = false;
  std::vector<Peer> peers_;      // by rank; this one's is not used
  std::vector<Peer> strangers_;  // have not said which rank they are
};

}  // namespace fakecuda
