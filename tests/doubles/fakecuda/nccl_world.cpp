#include "tests/doubles/fakecuda/nccl_world.hpp"

std::string ncclComm::describe() const {
  return "communicator " + std::to_string(number) + ", rank " + std::to_string(rank) + " of " + std::to_string(size);
}

namespace fakecuda {

void World::fail(ncclResult_t error) {
  for (ncclComm* comm : ranks)
    if (comm->async_error == ncclSuccess) comm->async_error = error;
}

ncclComm& make_communicator(Nccl& nccl, int rank, int size, int device) {
  ncclComm& made = *nccl.communicators.emplace_back(std::make_unique<ncclComm>());
  made.rank = rank;
  made.size = size;
  made.device = device;
  return made;
}

void make_world(Nccl& nccl, const std::vector<ncclComm*>& ranks) {
  auto world = std::make_shared<World>();
  world->ranks = ranks;
  const int number = ++nccl.groups;
  for (ncclComm* comm : ranks) {
    comm->world = world;
    comm->lobby = nullptr;
    comm->number = number;
  }
}

}  // namespace fakecuda
