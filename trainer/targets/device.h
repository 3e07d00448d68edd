// A device as a file of configs/targets describes it.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "schema/describe.h"
#include "targets/figure.h"

namespace espalier::targets {

/// What a runtime's kernels cost on the device, in cycles. One inference takes, summed over the layers,
/// MACs * (figure of the layer's kind) + output elements * output + layer.
struct Kernels {
  std::string runtime;
  std::optional<Figure> conv2d, depthwise_conv2d, fully_connected;  ///< of one int8 multiply-accumulate
  std::optional<Figure> output;        ///< of one output element: requantization, pooling, additions; absent: 0
  std::optional<Figure> layer;         ///< of one call; absent: 0
  std::optional<Figure> code;          ///< flash of runtime and kernels, in bytes; absent: not counted
  std::vector<std::string> operators;  ///< that it runs here ("CONV_2D"); empty: every one
  bool has_times() const { return conv2d && depthwise_conv2d && fully_connected; }
};

/// The way to a server.
struct Radio {
  std::string name;  ///< "Bluetooth Low Energy, 1 Mbit/s"
  Figure energy_per_byte, rate;
  std::optional<Figure> round_trip;  ///< in seconds, besides the transfer itself
};

struct Device {
  std::string name, board, core;
  std::vector<std::string> extensions;
  Figure clock, flash, ram;
  std::optional<Figure> current, voltage;  ///< while it computes
  std::optional<Figure> energy_per_cycle;  ///< instead of both
  std::optional<Figure> float_mac;         ///< cycles of a float32 multiply-accumulate
  std::optional<Radio> radio;
  std::vector<Kernels> runtimes;  ///< the preferred one first
  std::filesystem::path file;

  /// Watts while it computes, with the sources of what they follow from; absent: not known.
  std::optional<Figure> power() const;
  const Kernels* find(const std::string& runtime) const;
  /// The first runtime with times, else the first.
  const Kernels& preferred() const { return preferred_of(runtimes); }

 private:
  static const Kernels& preferred_of(const std::vector<Kernels>& all);
};

/// Reads a target file (with its includes). Adds Problems with their places; what could be read is returned.
Device load_device(const std::filesystem::path& file, std::vector<Problem>& problems);

/// configs/targets of this program's checkout or installation, else of the folder in which it runs; empty: there is
/// none.
std::filesystem::path shipped_targets();
/// The names of its files, sorted.
std::vector<std::string> shipped_names();
/// The file that a bare name ("stm32f746") or a path means; `origin` is where it was written. Adds a Problem, with what
/// is near, when there is none.
std::filesystem::path find_device(const std::string& name_or_path, const std::string& origin,
                                  std::vector<Problem>& problems);

/// For `trainer list target`.
schema::Fields device_fields();

}  // namespace espalier::targets
