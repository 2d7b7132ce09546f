// Where the processes of a group meet before they have a group: files beside one that all of them can reach.
//
// Every rank but 0 writes FILE.RANK, that it has arrived, with a random number. When all have, rank 0 writes FILE: its
// message, and the numbers that it answers. A rank takes only what answers its own number, so never a file of an
// earlier run, and takes its file away; when all are gone rank 0 takes FILE away. Files are replaced whole
// (AtomicFile).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/error.hpp"
#include "harness/base/file_ops.hpp"
#include "harness/base/units.hpp"

namespace lockstep {

struct Rendezvous {
  std::filesystem::path file;  // the same for all, in a folder that is there
  std::string run = {};        // its name: two runs with different names pass each other by
  int rank = 0;
  int ranks = 1;
  Seconds deadline{0};  // to wait for all; 0: for ever
};

/// The ranks did not find each other. `why` is about what this rank saw last of the one that it waited for.
class RendezvousFailed : public Error {
 public:
  enum class Why {
    absent,      // nothing is there
    damaged,     // what is there is no note of a rendezvous
    other_run,   // what is there is another run's, or nobody's any more
    other_size,  // the ranks were told different sizes of the group
  };
  RendezvousFailed(Why why, const std::string& message) : Error{ExitCode::deadline, message}, why_{why} {}
  [[nodiscard]] Why why() const { return why_; }

 private:
  Why why_;
};

/// Gives every rank what rank 0 has to say, at most largest_rendezvous_message bytes; the others' `message` is ignored.
/// Waits until all ranks have come; nothing of this rank's is left then, nor when it fails. Throws RendezvousFailed
/// after the deadline, or before when the sizes are seen to differ; UsageError for a rank that is not in the group;
/// IoError. `files` is used during the call only.
std::vector<std::byte> meet(FileOps& files, const Rendezvous& rendezvous, std::vector<std::byte> message);

}  // namespace lockstep
