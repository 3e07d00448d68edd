#include "tests/runtimes/program_dump.h"

#include <algorithm>
#include <cstring>

#include "base/files.h"
#include "base/random.h"

namespace espalier::integer {
namespace {

Json clamp_name(Clamp clamp) { return clamp == Clamp::none ? "none" : clamp == Clamp::relu ? "relu" : "relu6"; }

Json window_of(const Window& w) {
  return Json::map()
      .set("kernel", Json::list_of(std::vector{w.kernel_height, w.kernel_width}))
      .set("stride", Json::list_of(std::vector{w.stride_height, w.stride_width}))
      .set("pads", Json::list_of(std::vector{w.pad_top, w.pad_left, w.pad_bottom, w.pad_right}));
}

}  // namespace

template <class T>
Json ProgramDump::array(std::span<const T> values) {
  const std::size_t offset = blob_.size();
  blob_.resize(offset + values.size_bytes());
  if (!values.empty()) std::memcpy(blob_.data() + offset, values.data(), values.size_bytes());
  while (blob_.size() % 16) blob_.push_back(0);
  return Json::map()
      .set("offset", static_cast<std::int64_t>(offset))
      .set("count", static_cast<std::int64_t>(values.size()));
}

template <class Layer>
Json ProgramDump::layer(const Layer& layer) {
  return Json::map()
      .set("weights", array(std::span(layer.weights)))
      .set("weight_scale", array(std::span(layer.weight_scale)))
      .set("bias", array(std::span(layer.bias)))
      .set("clamp", clamp_name(layer.clamp));
}

Json ProgramDump::program(const Program& program) {
  Json activations = Json::list(), instructions = Json::list();
  for (const Activation& each : program.activations)
    activations.push(Json::map()
                         .set("name", each.name)
                         .set("shape", Json::list_of(each.shape))
                         .set("scale", static_cast<double>(each.scale))
                         .set("zero_point", each.zero_point));
  for (const Instruction& each : program.instructions) {
    Json json = std::visit(
        Overloaded{
            [&](const Conv2d& conv) { return layer(conv).set("window", window_of(conv.window)); },
            [&](const DepthwiseConv2d& conv) { return layer(conv).set("window", window_of(conv.window)); },
            [&](const FullyConnected& full) { return layer(full); },
            [&](const Add& add) { return Json::map().set("clamp", clamp_name(add.clamp)); },
            [&](const Mul& mul) { return Json::map().set("clamp", clamp_name(mul.clamp)); },
            [&](const AveragePool2d& pool) {
              return Json::map().set("window", window_of(pool.window)).set("clamp", clamp_name(pool.clamp));
            },
            [&](const MaxPool2d& pool) {
              return Json::map().set("window", window_of(pool.window)).set("clamp", clamp_name(pool.clamp));
            },
            [&](const Softmax& softmax) { return Json::map().set("beta", static_cast<double>(softmax.beta)); },
            [&](const Pad& pad) {
              return Json::map().set("pads", Json::list_of(std::vector{pad.top, pad.left, pad.bottom, pad.right}));
            },
            [](const Mean&) { return Json::map(); }, [](const Logistic&) { return Json::map(); },
            [](const HardSwish&) { return Json::map(); }, [](const Reshape&) { return Json::map(); },
            [](const Concatenate&) { return Json::map(); }, [](const Requantize&) { return Json::map(); }},
        each);
    json.set("operator", std::string(name_of(each)))
        .set("inputs", Json::list_of(inputs_of(each)))
        .set("output", output_of(each));
    instructions.push(std::move(json));
  }
  return Json::map()
      .set("name", program.name)
      .set("input", program.input)
      .set("output", program.output)
      .set("activations", activations)
      .set("instructions", instructions);
}

void ProgramDump::write(const std::filesystem::path& folder) const {
  write_atomically(folder / "arrays.bin", blob_);
  write_atomically(folder / "cases.json", Json::map().set("cases", cases_).dump());
}

std::vector<std::int8_t> random_inputs(const Program& program, std::int64_t samples) {
  const std::int64_t size = elements(program.activations[static_cast<std::size_t>(program.input)].shape);
  std::vector<std::int8_t> values;
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    Random random(7, program.name, 0, static_cast<std::uint64_t>(sample));
    const bool narrow = sample % 4 == 3;
    const int centre = static_cast<int>(random.below(256)) - 128, width = 1 + static_cast<int>(random.below(40));
    for (std::int64_t i = 0; i < size; ++i) {
      const int any = static_cast<int>(random.below(256)) - 128;
      values.push_back(static_cast<std::int8_t>(narrow ? std::clamp(centre + any * width / 128, -128, 127) : any));
    }
  }
  return values;
}

}  // namespace espalier::integer
