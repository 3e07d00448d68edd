// Results that are computed once and kept, within a bound of memory.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace espalier::datasets {

/// Slots that each hold one vector once it was made. Safe to call from several threads without a lock: of two threads
/// that make the same slot at once one wins, and both see its result. What does not fit into `limit` bytes is made anew
/// each time.
template <class T>
class SlotCache {
 public:
  SlotCache(std::size_t slots, std::int64_t limit) : slots_(slots), limit_(limit) {}
  ~SlotCache() {
    for (auto& slot : slots_) delete slot.load(std::memory_order_relaxed);
  }
  SlotCache(const SlotCache&) = delete;
  SlotCache& operator=(const SlotCache&) = delete;

  /// What the slot holds; where that is nothing, make() -> vector<T>, kept in the slot or, beyond the limit, in
  /// `spare`.
  template <class Make>
  const std::vector<T>& get(std::size_t slot, std::vector<T>& spare, const Make& make) {
    if (const auto* held = slots_[slot].load(std::memory_order_acquire)) return *held;
    spare = make();
    return keep(slot, spare);
  }
  bool holds(std::size_t slot) const { return slots_[slot].load(std::memory_order_acquire) != nullptr; }
  std::int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  const std::vector<T>& keep(std::size_t slot, std::vector<T>& made) {
    const auto size = static_cast<std::int64_t>(made.size() * sizeof(T));
    if (bytes_.fetch_add(size, std::memory_order_relaxed) + size > limit_) {
      bytes_.fetch_sub(size, std::memory_order_relaxed);
      return made;
    }
    auto mine = std::make_unique<const std::vector<T>>(made);
    const std::vector<T>* theirs = nullptr;
    if (slots_[slot].compare_exchange_strong(theirs, mine.get(), std::memory_order_acq_rel)) return *mine.release();
    bytes_.fetch_sub(size, std::memory_order_relaxed);
    return *theirs;
  }

  std::vector<std::atomic<const std::vector<T>*>> slots_;
  std::atomic<std::int64_t> bytes_{0};
  std::int64_t limit_;
};

}  // namespace espalier::datasets
