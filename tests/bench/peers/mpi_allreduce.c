/* MPI_Allreduce of float32 by bytes, to compare with.
 *
 * usage: mpirun -np 2 mpi_allreduce BYTES
 *
 * Prints one JSON object: the median seconds of a sum; the slower process counts. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int by_value(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

int main(int argc, char** argv) {
  enum { warm_up = 10, samples = 100 };
  double seconds[samples], slowest[samples];
  int rank = 0;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const size_t bytes = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
  float* values = bytes >= sizeof(float) ? calloc(bytes, 1) : NULL;
  if (values == NULL) {
    if (rank == 0) fprintf(stderr, "usage: mpirun -np 2 mpi_allreduce BYTES\n");
    MPI_Finalize();
    return 2;
  }
  for (int i = -warm_up; i < samples; ++i) {
    MPI_Barrier(MPI_COMM_WORLD);
    const double begin = MPI_Wtime();
    MPI_Allreduce(MPI_IN_PLACE, values, (int)(bytes / sizeof(float)), MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    if (i >= 0) seconds[i] = MPI_Wtime() - begin;
  }
  MPI_Reduce(seconds, slowest, samples, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
  qsort(slowest, samples, sizeof(double), by_value);
  if (rank == 0) printf("{\"median_s\": %.9g}\n", slowest[samples / 2]);
  free(values);
  MPI_Finalize();
  return 0;
}
