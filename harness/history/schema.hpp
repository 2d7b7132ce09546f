// The tables of a history, version 1.
//
//   results    one row per run: what lists and trends need to know of it
//   documents  the bytes of its result.json, compressed
//   series     one metric of one case (by name and hash) on one machine, tier and build type
//   points     the value of a series in a result; only cases that passed have one, since a wrong result has no speed
//   baselines  results that were given a name by hand
#pragma once

#include "harness/history/database.hpp"

namespace lockstep {

/// Makes the tables in an empty database, in a transaction of its own. Two programs may try at once.
void create_schema(Database& database);

/// Throws InputError unless the database is marked as a history of this version and holds exactly its tables.
void require_schema(Database& database);

}  // namespace lockstep
