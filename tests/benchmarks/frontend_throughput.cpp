// How many clips a second the feature front ends compute, for frontend_throughput.py, which compares with librosa.
//   frontend_throughput PCM CLIP_SAMPLES THREADS SECONDS
// PCM is raw int16 little endian, cut into clips of CLIP_SAMPLES. Prints a JSON object of clips by variant: a second of
// wall time, and a second of processor time (_per_core: what one undisturbed core does).
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "device_runtime/audio_frontend_tables.h"

namespace {

using namespace espalier::device_runtime;

std::vector<std::int16_t> read_pcm(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::int16_t> samples(bytes.size() / 2);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<std::int16_t>(static_cast<unsigned char>(bytes[2 * i]) |
                                           static_cast<unsigned char>(bytes[2 * i + 1]) << 8);
  return samples;
}

struct Corpus {
  std::vector<std::int16_t> pcm;
  std::size_t length, clips;
  const std::int16_t* clip(std::size_t index) const { return pcm.data() + index % clips * length; }
};

struct Rate {
  double wall, per_core;
};

// Runs `make_worker()(clip)` in `threads` threads for `seconds`; returns clips a second of all of them.
template <typename MakeWorker>
Rate rate(const Corpus& corpus, int threads, double seconds, MakeWorker make_worker) {
  using Clock = std::chrono::steady_clock;
  std::atomic<std::size_t> done{0};
  const auto start = Clock::now();
  const std::clock_t processor_start = std::clock();
  const auto run = [&] {
    auto work = make_worker();
    for (std::size_t own = 0; std::chrono::duration<double>(Clock::now() - start).count() < seconds; ++own) {
      work(corpus.clip(own));
      ++done;
    }
  };
  std::vector<std::thread> pool;
  for (int i = 0; i < threads; ++i) pool.emplace_back(run);
  for (auto& thread : pool) thread.join();
  const double processor = static_cast<double>(std::clock() - processor_start) / CLOCKS_PER_SEC;
  const double count = static_cast<double>(done);
  return {count / std::chrono::duration<double>(Clock::now() - start).count(), count / processor};
}

struct Buffers {
  explicit Buffers(const AudioFrontendTables& tables, std::size_t length)
      : elements(ESPALIER_AUDIO_BLOCK * espalier_audio_work_elements(&tables.spec)),
        capacity(espalier_audio_frames(&tables.spec, length) *
                 static_cast<std::size_t>(espalier_audio_features(&tables.spec))) {}
  std::size_t elements, capacity;
};

Rate float_rate(const Corpus& corpus, const AudioFrontendTables& tables, int threads, double seconds) {
  const Buffers sizes(tables, corpus.length);
  const auto constants = tables.float_tables();
  return rate(corpus, threads, seconds, [&] {
    return [&, samples = std::vector<float>(corpus.length), work = std::vector<float>(sizes.elements),
            out = std::vector<float>(sizes.capacity)](const std::int16_t* clip) mutable {
      for (std::size_t i = 0; i < corpus.length; ++i) samples[i] = static_cast<float>(clip[i]) * (1.0f / 32768.0f);
      espalier_audio_float_clip_blocks(&constants, samples.data(), corpus.length, work.data(), sizes.elements,
                                       out.data(), sizes.capacity);
    };
  });
}

Rate fixed_rate(const Corpus& corpus, const AudioFrontendTables& tables, int threads, double seconds) {
  const Buffers sizes(tables, corpus.length);
  const auto constants = tables.fixed_tables();
  return rate(corpus, threads, seconds, [&] {
    return [&, work = std::vector<std::int32_t>(sizes.elements),
            out = std::vector<std::int32_t>(sizes.capacity)](const std::int16_t* clip) mutable {
      espalier_audio_fixed_clip_blocks(&constants, clip, corpus.length, work.data(), sizes.elements, out.data(),
                                       sizes.capacity);
    };
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: frontend_throughput PCM CLIP_SAMPLES THREADS SECONDS\n");
    return 2;
  }
  Corpus corpus{read_pcm(argv[1]), std::strtoul(argv[2], nullptr, 10), 0};
  if (corpus.length == 0 || corpus.pcm.size() < corpus.length) {
    std::fprintf(stderr, "frontend_throughput: %s: no clip of %zu samples\n", argv[1], corpus.length);
    return 2;
  }
  corpus.clips = corpus.pcm.size() / corpus.length;
  const int threads = std::atoi(argv[3]);
  const double seconds = std::atof(argv[4]);
  const AudioFrontendTables tables = build_audio_tables(espalier_audio_default_spec());
  const Rate floating = float_rate(corpus, tables, threads, seconds);
  const Rate fixed = fixed_rate(corpus, tables, threads, seconds);
  std::printf("{\"float\": %.1f, \"float_per_core\": %.1f, \"fixed\": %.1f, \"fixed_per_core\": %.1f}\n", floating.wall,
              floating.per_core, fixed.wall, fixed.per_core);
  return 0;
}
