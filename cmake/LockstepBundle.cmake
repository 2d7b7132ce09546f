# Programs to be copied to another machine: everything but the C library and CUDA is in them. CUDA's runtime is found
# there by its name, cuBLAS and NCCL when they are first called (kernels/cuda/late).
set(CMAKE_FIND_LIBRARY_SUFFIXES .so .a)  # from here on CUDA's own

# The distribution has no archives of these two, but all of them in their headers.
set(LOCKSTEP_FMT fmt::fmt-header-only)
set(LOCKSTEP_TOML lockstep_toml)
add_library(lockstep_toml INTERFACE)  # not the package's target, which wants its library

# The archive of hwloc calls libudev, of which there is no archive, and that of libstdc++ a C library of 2022.
add_library(lockstep_stand_ins OBJECT ${PROJECT_SOURCE_DIR}/cmake/bundle/stand_ins.cpp)
target_link_libraries(PkgConfig::hwloc INTERFACE $<TARGET_OBJECTS:lockstep_stand_ins>)

# The machine's own CUDA, else what is beside the programs; no folder of the machine that builds.
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
set(CMAKE_INSTALL_RPATH "/usr/local/cuda/lib64;$ORIGIN/../lib")
add_link_options(-static-libstdc++ -static-libgcc -s LINKER:--enable-new-dtags)
