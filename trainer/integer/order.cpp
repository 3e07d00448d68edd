#include "integer/order.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include "integer/arena.h"

namespace espalier::integer {
namespace {

using Positions = std::vector<std::size_t>;
constexpr std::size_t most_orders = 720, most_states = 20000;

/// Which instructions must have run before each.
std::vector<Positions> predecessors(const Program& program) {
  std::map<Id, std::size_t> writer;
  for (std::size_t i = 0; i < program.instructions.size(); ++i) writer[output_of(program.instructions[i])] = i;
  std::vector<Positions> before(program.instructions.size());
  for (std::size_t i = 0; i < program.instructions.size(); ++i)
    for (const Id id : inputs_of(program.instructions[i]))
      if (const auto found = writer.find(id); found != writer.end()) before[i].push_back(found->second);
  return before;
}

bool is_ready(const std::vector<bool>& done, const Positions& before) {
  return std::all_of(before.begin(), before.end(), [&](std::size_t i) { return done[i]; });
}

Program in_order(const Program& program, const Positions& order) {
  Program made = program;
  for (std::size_t i = 0; i < order.size(); ++i) made.instructions[i] = program.instructions[order[i]];
  return made;
}

/// Every order in turn, the given one first, until there are more than most_orders.
class Orders {
 public:
  explicit Orders(const std::vector<Positions>& before) : before_(before), done_(before.size(), false) {}
  /// Empty: too many.
  std::vector<Positions> all() {
    Positions order;
    return extend(order) ? std::move(found_) : std::vector<Positions>{};
  }

 private:
  bool extend(Positions& order) {
    if (order.size() == before_.size()) {
      found_.push_back(order);
      return found_.size() <= most_orders;
    }
    for (std::size_t i = 0; i < before_.size(); ++i) {
      if (done_[i] || !is_ready(done_, before_[i])) continue;
      done_[i] = true;
      order.push_back(i);
      if (!extend(order)) return false;
      order.pop_back();
      done_[i] = false;
    }
    return true;
  }

  const std::vector<Positions>& before_;
  std::vector<bool> done_;
  std::vector<Positions> found_;
};

/// The order of least bytes alive at once. A state is the set of instructions that have run: what is alive follows from
/// it, however one came there.
class LeastAlive {
 public:
  LeastAlive(const Program& program, const std::vector<Positions>& before)
      : program_(program),
        before_(before),
        writer_(program.activations.size(), nobody),
        readers_(program.activations.size()),
        bytes_(program.activations.size()) {
    for (std::size_t i = 0; i < program.instructions.size(); ++i) {
      writer_[static_cast<std::size_t>(output_of(program.instructions[i]))] = i;
      for (const Id id : inputs_of(program.instructions[i])) readers_[static_cast<std::size_t>(id)].push_back(i);
    }
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = elements(program.activations[i].shape);
  }

  std::optional<Positions> find() {
    std::vector<bool> done(program_.instructions.size(), false);
    if (best_from(done) == unknown) return std::nullopt;
    Positions order;
    while (order.size() < done.size()) {
      order.push_back(best_.at(done).next);
      done[order.back()] = true;
    }
    return order;
  }

 private:
  struct Best {
    std::int64_t peak = 0;
    std::size_t next = 0;
  };
  static constexpr std::int64_t unknown = std::numeric_limits<std::int64_t>::max();
  static constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();

  std::int64_t best_from(std::vector<bool>& done) {
    if (std::all_of(done.begin(), done.end(), [](bool each) { return each; })) return 0;
    if (const auto known = best_.find(done); known != best_.end()) return known->second.peak;
    if (best_.size() >= most_states) return unknown;
    Best best{unknown, 0};
    for (std::size_t i = 0; i < done.size(); ++i) {
      if (done[i] || !is_ready(done, before_[i])) continue;
      const std::int64_t now = alive_during(done, i);
      done[i] = true;
      const std::int64_t peak = std::max(now, best_from(done));
      done[i] = false;
      if (peak < best.peak) best = {peak, i};
    }
    best_[done] = best;
    return best.peak;
  }

  /// Everything that was written (or is the input) and still has a reader, and the output of `next` unless it runs in
  /// the place of an input that dies.
  std::int64_t alive_during(const std::vector<bool>& done, std::size_t next) const {
    const Instruction& instruction = program_.instructions[next];
    const auto output = static_cast<std::size_t>(output_of(instruction));
    std::int64_t sum = bytes_[output];
    for (std::size_t id = 0; id < bytes_.size(); ++id)
      if (is_alive(id, done)) sum += bytes_[id];
    if (std::holds_alternative<Reshape>(instruction)) return sum - bytes_[output];
    for (const Id id : overwritable(program_, instruction, Sharing::windows)) {
      const auto& readers = readers_[static_cast<std::size_t>(id)];
      const auto last = [&](std::size_t reader) { return reader == next || done[reader]; };
      if (id != program_.output && std::all_of(readers.begin(), readers.end(), last)) return sum - bytes_[output];
    }
    return sum;
  }

  bool is_alive(std::size_t id, const std::vector<bool>& done) const {
    const bool written = static_cast<Id>(id) == program_.input || (writer_[id] != nobody && done[writer_[id]]);
    if (!written) return false;
    const auto& readers = readers_[id];
    return static_cast<Id>(id) == program_.output ||
           std::any_of(readers.begin(), readers.end(), [&](std::size_t reader) { return !done[reader]; });
  }

  const Program& program_;
  const std::vector<Positions>& before_;
  std::vector<std::size_t> writer_;
  std::vector<Positions> readers_;
  std::vector<std::int64_t> bytes_;
  std::map<std::vector<bool>, Best> best_;
};

bool is_chain(const std::vector<Positions>& before) {
  for (std::size_t i = 1; i < before.size(); ++i)
    if (std::find(before[i].begin(), before[i].end(), i - 1) == before[i].end()) return false;
  return true;
}

}  // namespace

Program reordered(Program program) {
  const auto before = predecessors(program);
  if (is_chain(before)) return program;
  auto candidates = Orders(before).all();
  if (candidates.empty())
    if (const auto found = LeastAlive(program, before).find()) candidates.push_back(*found);
  std::int64_t least = plan_arena(program).bytes;
  const Positions* best = nullptr;
  for (const auto& order : candidates) {
    const std::int64_t bytes = plan_arena(in_order(program, order)).bytes;
    if (bytes < least) least = bytes, best = &order;
  }
  return best ? in_order(program, *best) : std::move(program);
}

}  // namespace espalier::integer
