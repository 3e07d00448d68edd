#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "datasets/front_end.h"
#include "exporting/tflite/reader.h"
#include "integer/twin.h"
#include "pipeline/integer_model.h"
#include "pipeline/run_folder.h"
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

}  // namespace

void add_predict(CLI::App& app, Chosen& chosen) {
  auto* sub = app.add_subcommand("predict", "labels for recordings, by the integer model");
  struct Arguments {
    std::string run;
    std::vector<std::string> files;
    bool json = false;
  };
  const auto a = std::make_shared<Arguments>();
  sub->add_option("run", a->run, "run folder, or a .tflite that this program exported")->required();
  sub->add_option("files", a->files, "audio files (what libsndfile reads)")->required();
  sub->add_flag("--json", a->json, "one JSON object a file");
  sub->callback([a, &chosen] { chosen = [a] { return predict(a->run, a->files, a->json); }; });
}

}  // namespace espalier::cli
