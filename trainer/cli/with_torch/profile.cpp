#include "pipeline/profile.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/torch_commands.h"
#include "pipeline/components.h"

namespace espalier::cli {

void add_profile(CLI::App& app, Chosen& chosen) {
  auto* sub = app.add_subcommand("profile", "MACs, flash, RAM over time, estimated time and energy, layer by layer");
  struct Arguments {
    pipeline::ProfileRequest request;
    bool json = false;
  };
  const auto a = std::make_shared<Arguments>();
  sub->add_option("run", a->request.run, "run folder, or a .tflite file");
  sub->add_option("-c,--config", a->request.config, "a recipe: its student before training");
  sub->add_option("-s,--set", a->request.overrides, "override a key of the recipe; repeatable");
  sub->add_option("-t,--target", a->request.target, "a device (trainer list target) or a file; default: the recipe's");
  sub->add_option("--runtime", a->request.runtime, "one of the target's: c, tflm, cmsis_nn, …");
  sub->add_option("--measured", a->request.measured, "what the bench of a C export printed on the device");
  sub->add_flag("--host", a->request.host, "time it on this machine too, in LiteRT and ONNX Runtime");
  sub->add_flag("--json", a->json, "one JSON object");
  sub->callback([a, &chosen] {
    chosen = [a] {
      const auto profiled = pipeline::profile(a->request, pipeline::all_components());
      const auto text = a->json ? pipeline::to_json(profiled).dump(2) + "\n" : pipeline::text_of(profiled);
      std::fputs(text.c_str(), stdout);
      return 0;
    };
  });
}

}  // namespace espalier::cli
