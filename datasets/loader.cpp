#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <numeric>
#include <thread>

#include "base/error.h"
#include "base/random.h"
#include "datasets/balanced_order.h"
#include "datasets/dataset.h"

namespace espalier::datasets {

/// Workers take batch numbers in turn, at most `ahead` beyond what was consumed, and put what they made (a batch or the
/// exception that it threw) under its number; next() takes the numbers in order. What a batch holds depends on its
/// number alone, so the count of workers changes no bit.
struct Loader::State {
  State(const Dataset& data, LoaderOptions chosen) : dataset(data), options(chosen) {
    if (options.batch_size < 1) fail("a loader's batch size must be at least 1");
    const auto samples = dataset.size(options.split);
    if (options.shuffle && options.class_balance > 0) {
      order = balanced_order(dataset, options.split, options.class_balance, options.seed, options.epoch);
    } else if (options.shuffle) {
      order = Random(options.seed, "shuffle", options.epoch).permutation(samples);
    } else {
      order.resize(static_cast<std::size_t>(samples));
      std::iota(order.begin(), order.end(), 0);
    }
    for (const auto extent : dataset.shape()) elements *= static_cast<std::size_t>(extent);
    const auto size = options.batch_size;
    count = options.drop_last ? samples / size : (samples + size - 1) / size;
    to_make = to_give = std::max<std::int64_t>(0, options.first_batch);
    ahead = 2 * std::max(1, options.workers);
  }

  Batch make(std::int64_t number) const {
    Batch batch;
    batch.index = number;
    const auto begin = number * options.batch_size;
    const auto end = std::min(begin + options.batch_size, static_cast<std::int64_t>(order.size()));
    batch.samples.assign(order.begin() + begin, order.begin() + end);
    batch.features.resize(batch.samples.size() * elements);
    batch.targets.reserve(batch.samples.size());
    for (std::size_t i = 0; i < batch.samples.size(); ++i) {
      const std::span<float> row(batch.features.data() + i * elements, elements);
      batch.targets.push_back(dataset.sample(options.split, batch.samples[i], {options.augment, options.epoch}, row));
    }
    return batch;
  }

  struct Made {
    Batch batch;
    std::exception_ptr failure;
  };

  Made try_make(std::int64_t number) const {
    Made made;
    try {
      made.batch = make(number);
    } catch (...) {
      made.failure = std::current_exception();
    }
    return made;
  }

  void work() {
    std::unique_lock lock(mutex);
    for (;;) {
      room.wait(lock, [&] { return stop || to_make >= count || to_make < to_give + ahead; });
      if (stop || to_make >= count) return;
      const auto number = to_make++;
      lock.unlock();
      Made made = try_make(number);
      lock.lock();
      finished.emplace(number, std::move(made));
      ready.notify_all();
    }
  }

  /// Ends the workers after the batches that they are making.
  void end() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    room.notify_all();
    for (auto& worker : workers) worker.join();
    workers.clear();
  }

  const Dataset& dataset;
  const LoaderOptions options;
  std::vector<std::int64_t> order;
  std::size_t elements = 1;
  std::int64_t count = 0, ahead = 0;

  std::mutex mutex;  ///< guards what follows
  std::condition_variable room, ready;
  std::int64_t to_make = 0, to_give = 0;
  std::map<std::int64_t, Made> finished;
  bool stop = false;
  std::vector<std::thread> workers;
};

Loader::Loader(const Dataset& dataset, LoaderOptions options) : state_(std::make_unique<State>(dataset, options)) {
  try {
    for (int i = 0; i < options.workers; ++i) state_->workers.emplace_back([state = state_.get()] { state->work(); });
  } catch (...) {  // the system gave no thread: those that run must be joined before their state goes
    state_->end();
    throw;
  }
}

Loader::~Loader() { state_->end(); }

std::int64_t Loader::batches() const { return state_->count; }

bool Loader::next(Batch& batch) {
  auto& state = *state_;
  if (state.workers.empty()) {
    if (state.to_give >= state.count) return false;
    batch = state.make(state.to_give);
    ++state.to_give;
    return true;
  }
  std::unique_lock lock(state.mutex);
  if (state.to_give >= state.count) return false;
  state.ready.wait(lock, [&] { return state.finished.count(state.to_give) > 0; });
  const auto made = state.finished.find(state.to_give);
  if (made->second.failure) std::rethrow_exception(made->second.failure);  // and again, if asked again
  batch = std::move(made->second.batch);
  state.finished.erase(made);
  ++state.to_give;
  lock.unlock();
  state.room.notify_all();
  return true;
}

}  // namespace espalier::datasets
