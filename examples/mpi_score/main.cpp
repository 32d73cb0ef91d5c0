// SPDX-License-Identifier: MIT
// A corpus scored by several processes, on one machine or many: each counts its share of the file, the counts travel as the
// JSON that `tagspan score --format counts` writes, and the first process adds them up. The report has the same bytes for
// any number of processes.
//
//   mpirun -n 4 mpi_score FILE     (tokens, gold and predicted tags in columns)
#include <mpi.h>

#include <tagspan/io/conll.hpp>
#include <tagspan/io/json.hpp>
#include <tagspan/tagspan.hpp>

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace ts = tagspan;

// The sentences that begin in part `rank` of `size` parts of the text.
std::string_view share(std::string_view text, std::size_t rank, std::size_t size) {
  auto const cut = [&](std::size_t part) {
    if (part == 0) return std::size_t{0};
    std::size_t const blank = text.find("\n\n", text.size() * part / size);
    return blank == std::string_view::npos ? text.size() : blank + 2;
  };
  std::size_t const begin = cut(rank);
  return text.substr(begin, rank + 1 == size ? std::string_view::npos : cut(rank + 1) - begin);
}

ts::result<ts::counted_corpus> count(std::string_view text) {
  ts::label_set labels;  // each process meets the labels in its own order: counts are added up by name
  auto const corpus = ts::read_conll(text, labels, {.tags = {ts::column::from_end(2), ts::column::from_end(1)}});
  ts::count_table<ts::bio> table{labels};
  if (!corpus && corpus.error().code == ts::errc::empty_input) return table.counted();
  if (!corpus) return corpus.error();
  for (std::size_t i = 0; i < corpus->size(); ++i) {
    if (auto const added = table.add(corpus->tags_of(i, 0), corpus->tags_of(i, 1)); !added) return added.error();
  }
  return table.counted();
}

[[noreturn]] void stop(std::string const& why) {
  std::fprintf(stderr, "mpi_score: %s\n", why.c_str());
  MPI_Abort(MPI_COMM_WORLD, 2);
  std::exit(2);
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0, size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (argc != 2) stop("give one file");

  std::ifstream file(argv[1], std::ios::binary);
  if (!file) stop(std::string(argv[1]) + ": there is no such file");
  std::string const text{std::istreambuf_iterator<char>(file), {}};
  auto const counts = count(share(text, static_cast<std::size_t>(rank), static_cast<std::size_t>(size)));
  if (!counts) stop(std::string(argv[1]) + ": " + ts::message(counts.error()));

  std::string const mine = ts::to_counts_text(*counts);
  int const length = static_cast<int>(mine.size());
  std::vector<int> lengths(static_cast<std::size_t>(size)), offsets(lengths.size());
  MPI_Gather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, 0, MPI_COMM_WORLD);
  int total = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    offsets[i] = total;
    total += lengths[i];
  }
  std::string all(static_cast<std::size_t>(total), '\0');
  MPI_Gatherv(mine.data(), length, MPI_CHAR, all.data(), lengths.data(), offsets.data(), MPI_CHAR, 0, MPI_COMM_WORLD);
  MPI_Finalize();
  if (rank != 0) return 0;

  ts::counted_corpus sum;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    auto const part = ts::counts_from_json(
        std::string_view(all).substr(static_cast<std::size_t>(offsets[i]), static_cast<std::size_t>(lengths[i])));
    if (!part || !ts::merge(sum, *part)) return 2;
  }
  std::fputs(ts::to_text(sum.report).c_str(), stdout);
  auto const f1 = ts::bootstrap_intervals(sum, {.resamples = 1000}).value().of[ts::micro_f1];
  std::printf("micro F1 %.17g, 95 %% of 1000 resamples in [%.17g, %.17g]\n", f1.value, f1.percentile.low, f1.percentile.high);
}
