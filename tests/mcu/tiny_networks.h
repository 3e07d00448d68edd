// The image networks of MLPerf Tiny by their shapes (Banbury et al. 2021, arXiv:2106.07597), with random weights.
#pragma once
#include "tests/runtimes/random_programs.h"

namespace espalier::integer {

/// ResNet8 for 32x32x3: three blocks of two 3x3 convolutions, 10 classes; 12.5 M MACs.
inline Program random_resnet8() {
  ProgramMaker make(Random(6, "resnet8"), "resnet8");
  Id at = make.conv(make.input({32, 32, 3}), 16, 3, 3, 1, 1, true, Clamp::relu);
  for (const int channels : {16, 32, 64}) {
    const int stride = channels == 16 ? 1 : 2;
    const Id first = make.conv(at, channels, 3, 3, stride, stride, true, Clamp::relu);
    const Id second = make.conv(first, channels, 3, 3, 1, 1, true, Clamp::none);
    const Id shortcut = stride == 1 ? at : make.conv(at, channels, 1, 1, stride, stride, true, Clamp::none);
    at = make.add(shortcut, second, Clamp::relu);
  }
  return make.finish(make.softmax(make.fully_connected(make.mean(at, false), 10, false, Clamp::none), 1));
}

/// MobileNet V1 of width 0.25 for 96x96x3 (visual wake words), 2 classes; 7.5 M MACs.
inline Program random_mobilenet() {
  ProgramMaker make(Random(7, "mobilenet"), "mobilenet_v1_025");
  Id at = make.conv(make.input({96, 96, 3}), 8, 3, 3, 2, 2, true, Clamp::relu6);
  const std::pair<int, int> blocks[] = {{16, 1},  {32, 2},  {32, 1},  {64, 2},  {64, 1},  {128, 2}, {128, 1},
                                        {128, 1}, {128, 1}, {128, 1}, {128, 1}, {256, 2}, {256, 1}};
  for (const auto& [channels, stride] : blocks) {
    at = make.depthwise(at, 3, 3, stride, stride, true, Clamp::relu6);
    at = make.conv(at, channels, 1, 1, 1, 1, true, Clamp::relu6);
  }
  return make.finish(make.softmax(make.fully_connected(make.mean(at, false), 2, false, Clamp::none), 1));
}

}  // namespace espalier::integer
