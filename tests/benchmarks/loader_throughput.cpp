// How many augmented training samples a second the loader delivers: beside it, loader_throughput.py runs PyTorch's.
//
//   loader_throughput RECIPE.yaml --workers N --seconds S [--batch N]     RECIPE: the value of a recipe's `data:`
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "base/error.h"
#include "datasets/dataset.h"
#include "schema/document.h"
#include "schema/registry.h"

namespace espalier::datasets {
void enlist(schema::Registry&);
}

namespace {

using namespace espalier;

std::shared_ptr<datasets::Dataset> open(const std::string& file) {
  schema::Registry registry;
  datasets::enlist(registry);
  std::vector<Problem> problems;
  auto data = registry.make<datasets::Dataset>("dataset", schema::load(file), problems);
  refuse(problems);
  return data;
}

/// Of all threads.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Delivers epochs until `seconds` are over; the first, which reads the files, is not counted.
void measure(const datasets::Dataset& data, datasets::LoaderOptions options, double seconds) {
  using Clock = std::chrono::steady_clock;
  std::int64_t samples = 0;
  double checksum = 0;
  auto start = Clock::now();
  double processor = 0;
  const auto passed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  for (std::uint64_t epoch = 0; epoch == 0 || passed() < seconds; ++epoch) {
    if (epoch == 1) start = Clock::now(), processor = processor_seconds(), samples = 0;
    options.epoch = epoch;
    datasets::Loader loader(data, options);
    datasets::Batch batch;
    while ((epoch == 0 || passed() < seconds) && loader.next(batch)) {
      samples += static_cast<std::int64_t>(batch.samples.size());
      checksum += static_cast<double>(batch.features[0]);
    }
  }
  std::printf("{\"samples\": %lld, \"seconds\": %.4f, \"processor_seconds\": %.4f, \"checksum\": %.3f}\n",
              static_cast<long long>(samples), passed(), processor_seconds() - processor, checksum);
}

}  // namespace

int main(int count, char** words) {
  try {
    datasets::LoaderOptions options;
    options.shuffle = options.augment = true;
    options.batch_size = 64;
    double seconds = 5;
    for (int i = 2; i + 1 < count; i += 2) {
      const std::string key = words[i];
      if (key == "--workers") options.workers = std::atoi(words[i + 1]);
      if (key == "--batch") options.batch_size = std::atoi(words[i + 1]);
      if (key == "--seconds") seconds = std::atof(words[i + 1]);
    }
    if (count < 2) mistake("", "name a file that holds what a recipe says below `data:`");
    measure(*open(words[1]), options, seconds);
    return 0;
  } catch (const Error& error) {
    for (const auto& problem : error.problems())
      std::fprintf(stderr, "%s: %s\n", problem.origin.c_str(), problem.text.c_str());
    return static_cast<int>(error.code());
  }
}
