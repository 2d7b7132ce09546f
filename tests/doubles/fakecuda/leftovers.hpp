// What a program that ends should have given back or waited for.
#pragma once

namespace fakecuda {

class Runtime;

/// Reports allocations, streams, events, handles, communicators that are still alive and work that never ran.
void report_leftovers(const Runtime& runtime);

}  // namespace fakecuda
