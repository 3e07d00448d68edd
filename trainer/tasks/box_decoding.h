// A detector's outputs -> boxes, in float as the device does it in integers (device_runtime/box_decoder.h).
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/json.h"
#include "device_runtime/box_decoder.h"
#include "graph/tensor.h"
#include "tasks/average_precision.h"

namespace espalier::tasks {

/// Where a detector's outputs {classes + 5, rows, columns} lie in the picture.
struct BoxGrid {
  std::int64_t classes = 0, rows = 0, columns = 0;
  std::int64_t stride = 1;  ///< pixels from cell to cell; the first centre lies at stride / 2
  double unit = 8;          ///< pixels that a distance of 1 stands for
  std::int64_t channels() const { return classes + 5; }
};

struct SuppressionOptions {
  double least_score = 0.01;      ///< in [0, 1]
  double most_overlap = 0.6;      ///< intersection over union
  std::int64_t most_boxes = 100;  ///< after suppression
};

/// outputs: [channels][rows][columns] of one sample, in float.
std::vector<FoundBox> decode_boxes(const BoxGrid& grid, const SuppressionOptions& options,
                                   std::span<const float> outputs);

/// The device's own decoder for an output of this encoding, with its table.
class DeviceBoxDecoder {
 public:
  DeviceBoxDecoder(const BoxGrid& grid, const SuppressionOptions& options, float scale, std::int32_t zero_point);
  DeviceBoxDecoder(const DeviceBoxDecoder&) = delete;
  DeviceBoxDecoder& operator=(const DeviceBoxDecoder&) = delete;
  /// outputs: [rows][columns][channels] of one sample, as the program gives them.
  std::vector<FoundBox> decode(std::span<const std::int8_t> outputs) const;
  const espalier_box_decoder& decoder() const { return decoder_; }

 private:
  std::array<std::uint16_t, 256> sigmoid_{};
  espalier_box_decoder decoder_{};
  std::int64_t most_boxes_ = 100;
};

/// The grid as it travels with exports, and back. Throws Error(mistake) with `origin`.
Json to_json(const BoxGrid& grid, const SuppressionOptions& options);
void from_json(const Json& json, const std::string& origin, BoxGrid& grid, SuppressionOptions& options);

}  // namespace espalier::tasks
