#include "pipeline/verification_impl.h"

#include <ATen/ATen.h>

#include <cstring>

#include "base/text.h"
#include "exporting/npz.h"

namespace espalier::pipeline {
namespace {

at::Tensor float_array(const std::vector<exporting::Array>& arrays, const char* name) {
  for (const auto& array : arrays)
    if (array.name == name) {
      const auto& values = std::get<std::vector<float>>(array.values);
      auto made = at::empty(array.shape, at::kFloat);
      std::memcpy(made.mutable_data_ptr(), values.data(), values.size() * sizeof(float));
      return made;
    }
  mistake("golden_float.npz", concat("has no member ", name));
}

}  // namespace

std::optional<at::Tensor> golden_labels(const RunFolder& folder) {
  for (const auto& array : exporting::read_npz(folder.golden_float()))
    if (array.name == "labels")
      if (const auto* labels = std::get_if<std::vector<std::int64_t>>(&array.values))
        return at::tensor(at::ArrayRef<std::int64_t>(*labels), at::kLong);
  return {};
}

std::pair<at::Tensor, at::Tensor> golden_floats(const RunFolder& folder) {
  const auto arrays = exporting::read_npz(folder.golden_float());
  return {float_array(arrays, "x"), float_array(arrays, "y")};
}

}  // namespace espalier::pipeline
