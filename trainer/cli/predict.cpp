#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "datasets/audio_file.h"
#include "datasets/front_end.h"
#include "exporting/tflite/reader.h"
#include "integer/twin.h"
#include "pipeline/integer_model.h"
#include "pipeline/run_folder.h"
#include "pipeline/streaming.h"
#include "tasks/classification.h"

namespace espalier::cli {
namespace {

/// RUN is a run folder or a .tflite file that carries its labels and front end.
exporting::tflite::Model open_model(const std::string& run) {
  auto path = std::filesystem::path(run);
  if (std::filesystem::is_directory(path)) path = pipeline::RunFolder{path}.tflite();
  if (!std::filesystem::exists(path)) mistake(run, "has no export/model.tflite; predict runs the integer model");
  auto model = exporting::tflite::read(read_bytes(path), path.string());
  if (model.metadata.front_end.empty())
    mistake(path.string(), "carries no front end, so that recordings cannot be turned into features");
  return model;
}

int predict(const std::string& run, const std::vector<std::string>& files, bool json) {
  const auto model = open_model(run);
  const auto& program = model.program;
  const auto specification = Json::parse(model.metadata.front_end, run);
  const datasets::FrontEnd front_end(specification);
  const integer::Twin twin(program, integer::Arithmetic::tflm, 1);
  const auto& output = program.activations[static_cast<std::size_t>(program.output)];
  std::vector<std::int8_t> input(static_cast<std::size_t>(front_end.elements())),
      answer(static_cast<std::size_t>(integer::elements(output.shape)));
  for (const auto& file : files) {
    const auto features = datasets::features_of_audio_file(front_end, file);
    pipeline::quantize_input(program, pipeline::step_of(specification), features, input);
    twin.run(input, 1, answer);
    const auto shares = tasks::probabilities(answer, output.scale, output.zero_point);
    const auto best = static_cast<std::size_t>(tasks::argmax(std::span<const std::int8_t>(answer)));
    const auto label = best < program.labels.size() ? program.labels[best] : std::to_string(best);
    if (json)
      std::printf("%s\n",
                  Json::map().set("file", file).set("label", label).set("probability", shares[best]).dump().c_str());
    else
      std::printf("%-16s %5s %%  %s\n", label.c_str(), fixed_text(100 * shares[best], 1).c_str(), file.c_str());
  }
  return 0;
}

/// What the run measured, or the defaults with a threshold that lets little through.
struct Listening {
  pipeline::StreamingOptions options;
  double threshold = 0.8;
};

Listening listening_of(const std::string& run) {
  Listening found;
  if (!std::filesystem::exists(std::filesystem::path(run) / "summary.json")) return found;
  const auto summary = reporting::read_summary(run);
  if (!summary.streaming) return found;
  found.options = pipeline::options_of(*summary.streaming);
  found.threshold = summary.streaming->threshold;
  return found;
}

/// 16-bit little-endian samples of one channel, as `arecord -t raw -f S16_LE` writes them, until they end.
void read_standard_input(const std::function<void(std::span<const std::int16_t>)>& hear) {
  std::array<std::int16_t, 1600> block;
  std::size_t kept = 0;  // a byte that is half a sample
  auto* bytes = reinterpret_cast<char*>(block.data());
  while (!interrupted()) {
    const auto got = ::read(STDIN_FILENO, bytes + kept, sizeof block - kept);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    const auto count = (kept + static_cast<std::size_t>(got)) / 2;
    kept = (kept + static_cast<std::size_t>(got)) % 2;
    const char half = bytes[2 * count];
    hear({block.data(), count});
    if (kept) bytes[0] = half;
  }
}

int listen(const std::string& run, const std::string& source, std::optional<double> threshold, bool json) {
  const auto model = open_model(run);
  const auto& labels = model.program.labels;
  const auto listening = listening_of(run);
  pipeline::StreamingModel streaming(model.program, Json::parse(model.metadata.front_end, run),
                                     listening.options.stride.value);
  tasks::KeywordStream keywords(pipeline::stream_settings(listening.options, streaming.stride(), labels),
                                threshold.value_or(listening.threshold));
  const auto hear = [&](std::span<const std::int16_t> samples) {
    streaming.push(samples, [&](std::span<const std::int8_t> probabilities, std::int64_t end) {
      tasks::Detection detection;
      if (!keywords.push(probabilities, detection)) return;
      const auto seconds = static_cast<double>(end) / static_cast<double>(streaming.rate());
      const auto& label = labels[static_cast<std::size_t>(detection.label)];
      if (json)
        std::printf(
            "%s\n",
            Json::map().set("seconds", seconds).set("label", label).set("probability", detection.score).dump().c_str());
      else
        std::printf("%9s s  %-16s %5s %%\n", fixed_text(seconds, 2).c_str(), label.c_str(),
                    fixed_text(100 * detection.score, 1).c_str());
      std::fflush(stdout);
    });
  };
  if (source == "-")
    read_standard_input(hear);
  else
    hear(datasets::read_audio(source, {streaming.rate(), true, true}));
  return 0;
}

}  // namespace

void add_predict(CLI::App& app, Chosen& chosen) {
  auto* sub = app.add_subcommand("predict", "labels for recordings, by the integer model");
  struct Arguments {
    std::string run;
    std::vector<std::string> files;
    bool json = false;
    std::string stream;
    std::optional<double> threshold;
  };
  const auto a = std::make_shared<Arguments>();
  sub->add_option("run", a->run, "run folder, or a .tflite that this program exported")->required();
  auto* files = sub->add_option("files", a->files, "audio files (what libsndfile reads)");
  auto* stream = sub->add_option("--stream", a->stream,
                                 "keywords in continuous sound: an audio file, or - for raw 16-bit samples of one "
                                 "channel at the model's rate on standard input");
  stream->excludes(files);
  sub->add_option("--threshold", a->threshold, "of a detection, in (0, 1]; default: what the run chose")
      ->check(CLI::Range(0.001, 1.0))
      ->needs(stream);
  sub->add_flag("--json", a->json, "one JSON object a file");
  sub->callback([a, &chosen] {
    if (a->files.empty() && a->stream.empty()) throw CLI::RequiredError("files, or --stream");
    chosen = [a] {
      return a->stream.empty() ? predict(a->run, a->files, a->json) : listen(a->run, a->stream, a->threshold, a->json);
    };
  });
}

}  // namespace espalier::cli
