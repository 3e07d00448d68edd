#include "importing/advice.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/text.h"

namespace espalier::importing {
namespace {

constexpr const char* branches = "depends on data; only graphs without branches on values can be imported";
constexpr const char* loops = "depends on data; only graphs without loops can be imported";
constexpr const char* format = "quantize in the QDQ format (QuantizeLinear, DequantizeLinear)";
constexpr const char* smooth = "write relu or hard_swish";
constexpr const char* norm = "write batch norm";
constexpr const char* part = "write a convolution for each part";
constexpr const char* recurrent = "write convolutions over time";
constexpr const char* attention = "write convolutions";
constexpr const char* enlarging = "keep the resolution by a smaller stride before it";
constexpr const char* maximum = "write max pooling";

/// "LeakyRelu" and "aten::leaky_relu_" as "leakyrelu".
std::string plain(std::string_view operation) {
  if (const auto colons = operation.rfind("::"); colons != std::string_view::npos) operation.remove_prefix(colons + 2);
  auto text = lower(std::string(operation));
  std::erase(text, '_');
  return text;
}

using Row = std::pair<std::string_view, const char*>;
constexpr Row control_flow[] = {{"if", branches}, {"loop", loops}, {"scan", loops}};
constexpr Row replacements[] = {
    {"qlinearconv", format},
    {"qlinearmatmul", format},
    {"convinteger", format},
    {"matmulinteger", format},
    {"dynamicquantizelinear", "quantize with fixed ranges (QuantizeLinear, DequantizeLinear)"},
    {"leakyrelu", "write relu"},
    {"prelu", "write relu"},
    {"rrelu", "write relu"},
    {"elu", "write relu"},
    {"selu", "write relu"},
    {"celu", "write relu"},
    {"threshold", "write relu"},
    {"thresholdedrelu", "write relu"},
    {"softplus", "write relu"},
    {"gelu", smooth},
    {"erf", "write relu or hard_swish for a GELU"},
    {"mish", smooth},
    {"tanh", "write sigmoid or relu"},
    {"softsign", "write sigmoid or relu"},
    {"layernorm", norm},
    {"layernormalization", norm},
    {"groupnorm", norm},
    {"groupnormalization", norm},
    {"instancenorm", norm},
    {"instancenormalization", norm},
    {"lrn", norm},
    {"convtranspose", "write a convolution"},
    {"convtranspose1d", "write a convolution"},
    {"convtranspose2d", "write a convolution"},
    {"upsamplenearest1d", enlarging},
    {"upsamplenearest2d", enlarging},
    {"upsamplebilinear2d", enlarging},
    {"upsample", enlarging},
    {"resize", enlarging},
    {"pixelshuffle", enlarging},
    {"depthtospace", enlarging},
    {"spacetodepth", "write a convolution with a stride"},
    {"pixelunshuffle", "write a convolution with a stride"},
    {"channelshuffle", "write a convolution of kernel 1"},
    {"gru", recurrent},
    {"lstm", recurrent},
    {"rnn", recurrent},
    {"rnntanh", recurrent},
    {"rnnrelu", recurrent},
    {"split", part},
    {"splitwithsizes", part},
    {"tensorsplit", part},
    {"chunk", part},
    {"unbind", part},
    {"narrow", part},
    {"select", "write a mean over all axes after the channels"},
    {"gather", "write a mean over all axes after the channels"},
    {"stack", "concatenate along the channels"},
    {"scaleddotproductattention", attention},
    {"multiheadattention", attention},
    {"bmm", attention},
    {"einsum", attention},
    {"amax", maximum},
    {"max", maximum},
    {"reducemax", maximum},
    {"sum", "write a mean"},
    {"reducesum", "write a mean"}};

/// Null where there is none.
const char* find(std::span<const Row> rows, const std::string& name) {
  const auto found = std::ranges::find(rows, name, &Row::first);
  return found == rows.end() ? nullptr : found->second;
}

}  // namespace

std::string no_operator(std::string_view operation) {
  const auto name = plain(operation);
  if (const auto* reason = find(control_flow, name)) return reason;
  const auto* instead = find(replacements, name);
  return instead ? concat("has no operator here; ", instead) : "has no operator here";
}

}  // namespace espalier::importing
