// What a .tflite file says about itself besides the graph.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace espalier::exporting::tflite {

/// Entries' names are ours and stay clear of the runtimes' own.
inline constexpr const char* labels_entry = "espalier.labels";        ///< JSON list of the outputs' names
inline constexpr const char* front_end_entry = "espalier.front_end";  ///< JSON of the feature specification

/// TensorFlow Lite Micro's own entry: little-endian int32, {version 0, subgraph 0, n, n byte offsets into the arena's
/// head, -1: the runtime's choice}. Source: tflite-micro/docs/memory_management.md.
inline constexpr const char* arena_plan_entry = "OfflineMemoryAllocation";

struct Metadata {
  std::string description;
  /// Oldest TFLite release that has every operator version of the file, "1.14.0". The writer computes it.
  std::string min_runtime_version;
  /// JSON text of the feature front end, or empty.
  std::string front_end;
  /// Further (name, content) pairs, in the order of the file.
  std::vector<std::pair<std::string, std::string>> entries;
  /// Where each tensor lies in the arena, in bytes; -1: the runtime's choice. The writer computes it.
  std::vector<std::int32_t> arena_offsets = {};
};

}  // namespace espalier::exporting::tflite
