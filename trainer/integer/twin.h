// The integer twin: the device's arithmetic, run on the host.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/hardware_threads.h"
#include "integer/arena.h"
#include "integer/program.h"

namespace espalier::integer {

/// Runs a Program by the kernels of device_runtime, inside the arena that the device gets, with the bytes that the
/// runtime of `arithmetic` gives. Keeps a copy of the program. const calls are safe from several threads.
class Twin {
 public:
  /// Throws Error when the program does not pass check() or an instruction has no exact row in `arithmetic`.
  explicit Twin(const Program& program, Arithmetic arithmetic = Arithmetic::tflm, int threads = hardware_threads());
  ~Twin();
  Twin(Twin&&) noexcept;
  Twin& operator=(Twin&&) noexcept;

  const Program& program() const;
  const ArenaPlan& plan() const;

  /// inputs: [samples][input elements], outputs: [samples][output elements], int8 in the program's encodings. Samples
  /// are split over the threads. Throws Error when a size does not fit.
  void run(std::span<const std::int8_t> inputs, std::int64_t samples, std::span<std::int8_t> outputs) const;

  /// Every activation of one sample, by Id, copied when it was written. Activations that are never written stay empty.
  std::vector<std::vector<std::int8_t>> trace(std::span<const std::int8_t> input) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace espalier::integer
