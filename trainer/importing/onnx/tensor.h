// Tensors of ONNX files as numbers.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "importing/onnx/model.h"

namespace espalier::importing::onnx {

/// A tensor whose numbers are known before the network runs: floats where its type is one, integers otherwise.
struct Constant {
  DataType type = DataType::float32;
  Shape shape;
  std::vector<float> reals;
  std::vector<std::int64_t> wholes;  ///< of bool, too: 0 or 1
  std::string name;                  ///< of the initializer that it comes from; may be empty

  std::size_t count() const { return is_real(type) ? reals.size() : wholes.size(); }
};

/// One scale for all, or one for each slice along `axis`.
struct Encoding {
  DataType type = DataType::uint8;       ///< of the integers: int8, uint8, int16, uint16, int32
  std::vector<float> scale;              ///< > 0
  std::vector<std::int64_t> zero_point;  ///< as many
  std::int64_t axis = 0;                 ///< counted from the front; of one scale, without a meaning

  bool operator==(const Encoding&) const = default;
};

/// Files beside the model that hold its larger tensors. Only those in the model's own folder, by a plain name, are
/// opened: neither a path nor a link.
class ExternalFiles {
 public:
  explicit ExternalFiles(std::string folder) : folder_(std::move(folder)) {}
  /// The whole file; throws Unreadable.
  std::string_view bytes(const std::string& location);
  /// Of all files that were opened.
  std::size_t size() const { return size_; }

 private:
  std::string folder_;
  std::map<std::string, std::vector<std::uint8_t>> files_;
  std::size_t size_ = 0;
};

/// Elements of a shape; throws Unreadable where an extent is negative, or there are more than 8 axes or 2^40 elements.
std::int64_t checked_elements(const Shape& shape);

/// Decodes a TensorProto: raw_data, the typed lists or external data. Takes memory in proportion to the bytes that are
/// there. Throws Unreadable when the type cannot be read, or its numbers are not as many as its extents say.
Constant decode(std::string_view tensor, ExternalFiles& files);

}  // namespace espalier::importing::onnx
