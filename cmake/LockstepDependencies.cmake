# Everything comes from the distribution's packages (scripts/setup installs them); nothing is downloaded here.
if(LOCKSTEP_BUNDLE)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
endif()
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 3.37 REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(hwloc REQUIRED IMPORTED_TARGET hwloc)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)

# The pthread build by its own path, statically where it can be: the name libopenblas.so may resolve to the serial
# build, which gives wrong products to concurrent callers.
find_library(LOCKSTEP_OPENBLAS NAMES libopenblas.a openblas PATH_SUFFIXES openblas-pthread REQUIRED
             DOC "OpenBLAS, pthread build")
find_path(LOCKSTEP_OPENBLAS_INCLUDE cblas.h PATH_SUFFIXES openblas-pthread REQUIRED
          HINTS /usr/include/${CMAKE_LIBRARY_ARCHITECTURE})
add_library(lockstep_openblas INTERFACE)
target_link_libraries(lockstep_openblas INTERFACE ${LOCKSTEP_OPENBLAS} Threads::Threads m)
target_include_directories(lockstep_openblas SYSTEM INTERFACE ${LOCKSTEP_OPENBLAS_INCLUDE})

if(LOCKSTEP_TESTS)
  find_package(GTest REQUIRED)
endif()
if(LOCKSTEP_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()

set(LOCKSTEP_FMT fmt::fmt)
set(LOCKSTEP_TOML tomlplusplus::tomlplusplus)
if(LOCKSTEP_BUNDLE)
  include(LockstepBundle)
endif()
