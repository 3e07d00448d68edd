#include "targets/runtime.h"

#include <algorithm>
#include <utility>

namespace espalier::targets {
namespace {

template <std::size_t... Index>
std::vector<std::string> names(std::index_sequence<Index...>) {
  return {std::string(integer::name_of(integer::Instruction(std::in_place_index<Index>)))...};
}

}  // namespace

const std::vector<Runtime>& runtimes() {
  constexpr auto ort = integer::Arithmetic::ort_f32_even;
  static const std::vector<Runtime> all = {
      {"c", "the C export's own kernels", {"c"}},
      {"tflm", "TFLite Micro, reference kernels", {"tflite"}},
      {"cmsis_nn", "TFLite Micro with CMSIS-NN", {"tflite"}},
      {"esp_nn", "TFLite Micro with ESP-NN", {"tflite"}},
      {"ethos_u", "TFLite Micro with an Ethos-U network processor, compiled by Vela", {"tflite"}},
      {"litert", "LiteRT with XNNPACK", {"tflite"}},
      {"onnxruntime", "ONNX Runtime", {"onnx", "onnx_int8", "server"}, true, ort},
      {"libtorch", "LibTorch", {"torchscript", "torchscript_int8"}, false, ort},
  };
  return all;
}

const Runtime* find_runtime(const std::string& name) {
  for (const auto& runtime : runtimes())
    if (runtime.name == name) return &runtime;
  return nullptr;
}

const integer::Arithmetic* arithmetic_of_export(const std::string& format) {
  if (format == "torchscript") return nullptr;
  for (const auto& runtime : runtimes())
    if (std::find(runtime.exports.begin(), runtime.exports.end(), format) != runtime.exports.end())
      return &runtime.arithmetic;
  return nullptr;
}

std::vector<std::string> operators() {
  return names(std::make_index_sequence<std::variant_size_v<integer::Instruction>>());
}

}  // namespace espalier::targets
