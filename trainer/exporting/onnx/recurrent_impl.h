// LSTM and GRU as ONNX says them. Private to the writers of float graphs.
#pragma once
#include <cstdint>
#include <vector>

#include "exporting/onnx/float_graph_impl.h"

namespace espalier::exporting::onnx {

/// LSTM and GRU of ONNX: time first, gates in the order i, o, f, c and z, r, h.
void recurrent(const Layer& layer);
/// DynamicQuantizeLSTM, of ONNX Runtime's own domain.
void dynamic_lstm(const Layer& layer);
/// A Scan over time, whose steps multiply integers; ONNX Runtime has no quantized GRU.
void dynamic_gru(const Layer& layer);

/// Weights [in][out], as MatMulInteger wants them, and a scale for each output.
struct MatrixCodes {
  graph::Shape shape;
  std::vector<std::int8_t> codes;
  std::vector<float> scale;
};
/// Of `values` [rows][in], in 7 bits.
MatrixCodes codes_of(const std::vector<float>& values, std::int64_t rows);

}  // namespace espalier::exporting::onnx
