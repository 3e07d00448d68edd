// make_c_exports <folder>: networks with random weights as C, each in a folder of its name, and beside it NAME.samples:
// inputs and what the twin has after every step, for model_harness.c. Those in small/ have every instruction, those in
// tiny/ the shapes of MLPerf Tiny, those in compressed/ DS-CNN-S with weights that are encoded; ds_cnn_s hears and
// listens.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "base/files.h"
#include "base/text.h"
#include "exporting/c/writer.h"
#include "exporting/compressed_programs.h"
#include "exporting/random_programs.h"
#include "integer/twin.h"
#include "tests/mcu/tiny_networks.h"
#include "tests/runtimes/random_programs.h"

namespace espalier::exporting {
namespace {

constexpr std::int64_t golden_samples = 4;

Golden golden_samples_of(const integer::Program& program, const integer::Twin& twin) {
  Golden golden = golden_of(program);
  golden.samples = golden_samples;
  golden.x = random_programs::random_inputs(program, golden_samples, 5);
  golden.y.resize(static_cast<std::size_t>(golden_samples * integer::elements(golden.output_shape)));
  twin.run(golden.x, golden_samples, golden.y);
  return golden;
}

/// For each sample its input, then the output of every instruction.
std::string traces(const integer::Program& program, const integer::Twin& twin, std::size_t samples) {
  const auto inputs = random_programs::random_inputs(program, static_cast<std::int64_t>(samples), 6);
  const std::size_t size = inputs.size() / samples;
  std::string text;
  const auto put = [&](const std::int8_t* bytes, std::size_t count) {
    text.append(reinterpret_cast<const char*>(bytes), count);
  };
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const std::span input(inputs.data() + sample * size, size);
    const auto values = twin.trace(input);
    put(input.data(), size);
    for (const auto& instruction : program.instructions) {
      const auto& output = values[static_cast<std::size_t>(integer::output_of(instruction))];
      put(output.data(), output.size());
    }
  }
  return text;
}

/// Every class but the first two is a keyword; an answer each 60 ms.
c::KeywordSettings keywords_of(const integer::Program& program) {
  c::KeywordSettings settings{3, 4, 12, 800, std::vector<std::uint8_t>(program.labels.size(), 1)};
  settings.keyword[0] = settings.keyword[1] = 0;
  return settings;
}

void write(const integer::Program& program, const std::filesystem::path& folder, std::size_t samples,
           bool hears = false) {
  const integer::Twin twin(program, integer::Arithmetic::tflm, 1);
  c::Options options;
  options.name = program.name;
  options.golden = golden_samples_of(program, twin);
  if (hears) {
    options.front_end = c::AudioFrontEnd{espalier_audio_default_spec(), true, 16000};
    options.keywords = keywords_of(program);
  }
  for (const auto& file : c::write(program, options)) write_atomically(folder / program.name / file.path, file.text);
  write_atomically(folder / concat(program.name, ".samples"), traces(program, twin, samples));
}

void write_compressed(const std::filesystem::path& folder) {
  namespace compressed = compressed_programs;
  auto plain = compressed::ds_cnn_s(6);
  const auto put = [&](const char* name, integer::Program program) {
    program.name = name;
    write(program, folder, 2);
  };
  put("int8", plain);
  put("half_pruned", compressed::pruned(plain, 0.5));
  put("nine_tenths_pruned", compressed::pruned(plain, 0.9));
  put("sixteen_values", compressed::shared(plain, 16));
  put("int4", compressed::narrow(plain, 4));
}

void write_all(const std::filesystem::path& folder) {
  for (const auto& program : random_programs::every_kind(3)) write(program, folder / "small", 6);
  auto keyword_network = integer::random_ds_cnn_s();
  for (int word = 0; word < 12; ++word) keyword_network.labels.push_back(concat("word ", word));
  write(keyword_network, folder, 6, true);
  write(integer::random_resnet8(), folder / "tiny", 1);
  write(integer::random_mobilenet(), folder / "tiny", 1);
  write_compressed(folder / "compressed");
}

}  // namespace
}  // namespace espalier::exporting

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: make_c_exports <folder>\n");
    return 2;
  }
  try {
    espalier::exporting::write_all(arguments[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_c_exports: %s\n", error.what());
    return 1;
  }
}
