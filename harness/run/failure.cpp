#include "harness/run/failure.hpp"

#include <new>
#include <system_error>

#include "harness/device/world.hpp"

namespace lockstep {
namespace {

Json last_collectives_json(const LastCollectives& last) {
  Json records = Json::array();
  for (std::size_t rank = 0; rank < last.size(); ++rank)
    for (const CollectiveRecord& record : last[rank])
      records.push_back({{"rank", rank},
                         {"ranks", record.ranks},
                         {"sequence", record.sequence},
                         {"collective", name_of(record.kind)},
                         {"bytes", record.bytes},
                         {"root", record.root},
                         {"state", name_of(record.state)}});
  return records;
}

}  // namespace

std::optional<Failure> failure_of(const std::function<void()>& work) {
  try {
    work();
    return std::nullopt;
  } catch (const RankError& error) {
    return Failure{error.code(), error.what(), last_collectives_json(error.last_collectives())};
  } catch (const Error& error) {
    return Failure{error.code(), error.what()};
  } catch (const std::bad_alloc&) {
    return Failure{ExitCode::runtime, "the host is out of memory"};
  } catch (const std::system_error& error) {
    return Failure{ExitCode::runtime, fmt::format("the operating system refused: {}", error.what())};
  } catch (const std::exception& error) {
    return Failure{ExitCode::internal, fmt::format("{}; this is a bug in lockstep", error.what())};
  }
}

Json failure_json(const Failure& failure) {
  return {{"error",
           {{"code", static_cast<int>(failure.code)},
            {"message", failure.message},
            {"last_collectives", failure.last_collectives}}}};
}

std::optional<Failure> failure_in(const Json& line) {
  if (!line.contains("error")) return std::nullopt;
  const Json& error = line["error"];
  return Failure{static_cast<ExitCode>(error["code"].get<int>()), error["message"].get<std::string>(),
                 error["last_collectives"]};
}

}  // namespace lockstep
