// One TFLite operator (two where a PAD is needed) for each instruction. Private to the writer.
#pragma once
#include "exporting/tflite/model_builder_impl.h"

namespace espalier::exporting::tflite {

void append(ModelBuilder& model, const integer::Conv2d& conv);
void append(ModelBuilder& model, const integer::DepthwiseConv2d& conv);
void append(ModelBuilder& model, const integer::FullyConnected& dense);
void append(ModelBuilder& model, const integer::Add& add);
void append(ModelBuilder& model, const integer::Mul& mul);
void append(ModelBuilder& model, const integer::AveragePool2d& pool);
void append(ModelBuilder& model, const integer::MaxPool2d& pool);
void append(ModelBuilder& model, const integer::Mean& mean);
void append(ModelBuilder& model, const integer::Softmax& softmax);
void append(ModelBuilder& model, const integer::Logistic& logistic);
void append(ModelBuilder& model, const integer::HardSwish& swish);
void append(ModelBuilder& model, const integer::Reshape& reshape);
void append(ModelBuilder& model, const integer::Concatenate& concatenate);
void append(ModelBuilder& model, const integer::Pad& pad);
void append(ModelBuilder& model, const integer::Requantize& requantize);

}  // namespace espalier::exporting::tflite
