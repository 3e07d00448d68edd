#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/predict_pictures.h"
#include "cli/series_command.h"
#include "datasets/audio_file.h"
#include "datasets/series_front_end.h"
#include "deployment/anomaly_detector.h"
#include "deployment/detector.h"
#include "deployment/exported_model.h"
#include "deployment/predictor.h"
#include "deployment/sources.h"
#include "deployment/streaming_model.h"
#include "integer/twin.h"
#include "reporting/summary.h"

namespace espalier::cli {
namespace {

int predict_files(const deployment::ExportedModel& model, const std::vector<std::string>& files, bool json) {
  const deployment::Predictor predictor(model);
  for (const auto& file : files) {
    const auto said = predictor.predict(file);
    const double probability = said.probabilities[said.best];
    if (json)
      std::printf(
          "%s\n",
          Json::map().set("file", file).set("label", said.label).set("probability", probability).dump().c_str());
    else
      std::printf("%-16s %5s %%  %s\n", said.label.c_str(), fixed_text(100 * probability, 1).c_str(), file.c_str());
  }
  return 0;
}

int predict_anomalies(const deployment::ExportedModel& model, const std::vector<std::string>& files, bool json) {
  const deployment::AnomalyDetector detector(model);
  for (const auto& file : files) {
    const auto found = detector.judge_file(file);
    const auto label = deployment::verdict(found.anomalous);
    if (json) {
      auto line = Json::map();
      line.set("file", file).set("label", label).set("score", found.score).set("threshold", detector.threshold());
      std::printf("%s\n", line.set("windows", found.windows).dump().c_str());
    } else {
      std::printf("%-10s score %s, threshold %s  %s\n", label.c_str(), fixed_text(found.score, 3).c_str(),
                  fixed_text(detector.threshold(), 3).c_str(), file.c_str());
    }
  }
  return 0;
}

/// Where a detector draws what it finds in the pictures of a folder: "pictures/" gives "pictures_found", made here; a
/// file or a camera gives "", its own name's.
std::string folder_for(const std::vector<std::string>& given) {
  if (given.size() != 1 || !std::filesystem::is_directory(given[0])) return {};
  const auto path = std::filesystem::weakly_canonical(given[0]);
  const auto folder = path.filename().string() + "_found";
  std::filesystem::create_directories(folder);
  return folder;
}

/// What the files are is the model's to say: a detector takes pictures and videos, too.
int predict(const deployment::ExportedModel& model, const PictureRequest& request) {
  if (deployment::Detector::is_one(model)) return predict_pictures(model, request);
  if (request.show || !request.output.empty()) mistake(model.file, "is no detector; --show and --output are for those");
  if (request.threshold > 0) mistake("--threshold", "is for detectors and for --stream");
  if (deployment::AnomalyDetector::is_one(model)) return predict_anomalies(model, request.sources, request.json);
  return predict_files(model, request.sources, request.json);
}

/// What the run measured, or the defaults.
deployment::Listening listening_of(const std::string& run) {
  if (!std::filesystem::exists(std::filesystem::path(run) / "summary.json")) return {};
  const auto summary = reporting::read_summary(run);
  return summary.streaming ? deployment::listening_of(*summary.streaming) : deployment::Listening();
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

int listen(const std::string& run, const deployment::ExportedModel& model, const std::string& source,
           std::optional<double> threshold, bool json) {
  if (deployment::AnomalyDetector::is_one(model))
    mistake(model.file, "judges recordings as a whole; give it files in place of --stream");
  const auto& labels = model.program.labels;
  const auto listening = listening_of(run);
  deployment::StreamingModel streaming(model.program, model.front_end, listening.stride_ms);
  tasks::KeywordStream keywords(deployment::stream_settings(listening, streaming.stride(), labels),
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
  auto* sub = app.add_subcommand("predict", "labels for files, boxes in pictures and videos, by the integer model");
  struct Arguments {
    std::string run;
    std::vector<std::string> files;
    bool json = false, show = false;
    std::string stream, output;
    std::optional<double> threshold;
    std::string annotator = "atr";
  };
  const auto a = std::make_shared<Arguments>();
  sub->add_option("run", a->run, "run folder, export folder, or a .tflite that this program exported")->required();
  auto* files = sub->add_option(
      "files", a->files,
      "what the model takes: sound; pictures, videos, camera:0; .csv, or WFDB headers (.hea); folders of such");
  auto* stream =
      sub->add_option("--stream", a->stream,
                      "keywords in continuous sound: an audio file, or - for raw 16-bit samples of one "
                      "channel at the model's rate on standard input; of models for series: - for rows of CSV");
  stream->excludes(files);
  sub->add_option("--threshold", a->threshold, "of a detection, in (0, 1]; default: what the run chose")
      ->check(CLI::Range(0.001, 1.0));
  sub->add_option("--output", a->output,
                  "of a detector: the picture or video (.mp4, .avi) to draw, or a folder; default: <name>_found here, "
                  "be <name> a file's or a folder's")
      ->excludes(stream);
  sub->add_flag("--show", a->show, "of a detector: in a window in place of a file")->excludes(stream);
  sub->add_option("--annotator", a->annotator, "of models for heart beats: extension of the file that marks them");
  sub->add_flag("--json", a->json, "one JSON object a file (of series: a window)");
  sub->callback([a, &chosen] {
    if (a->files.empty() && a->stream.empty()) throw CLI::RequiredError("files, or --stream");
    chosen = [a] {
      const auto model = deployment::open_model(a->run);
      const auto given = a->files;
      a->files = deployment::files_of(given, model.front_end);
      if (deployment::Detector::is_one(model) && a->output.empty() && !a->json) a->output = folder_for(given);
      if (datasets::is_series(model.front_end))
        return a->stream == "-" ? stream_series(model, {a->annotator, a->json})
                                : predict_series(model, a->stream.empty() ? a->files : std::vector{a->stream},
                                                 {a->annotator, a->json});
      return a->stream.empty() ? predict(model, {a->files, a->output, a->threshold.value_or(0), a->show, a->json})
                               : listen(a->run, model, a->stream, a->threshold, a->json);
    };
  });
}

}  // namespace espalier::cli
