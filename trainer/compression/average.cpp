// An exponential moving average of the weights: average = decay * average + (1 - decay) * weight after every step.
// Inside the window, evaluation reads the averages; when it closes they become the weights. List it before `quantize`,
// whose encodings must fit the weights that are kept. Batch norm's running statistics are averages already and stay as
// they are. Polyak and Juditsky 1992, SIAM J. Control Optim. 30(4); as used by Tarvainen and Valpola 2017,
// arXiv:1703.01780.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "base/text.h"
#include "compression/modifier.h"
#include "schema/registry.h"

namespace espalier::compression::average {

struct Options {
  double decay = 0.995;
  static void describe(schema::Describe<Options>& d) {
    d.about("evaluates and keeps a moving average of the weights", "Tarvainen & Valpola 2017, arXiv:1703.01780");
    d.key("decay", &Options::decay, "of the average, each step").range(0, 0.999999);
  }
};

constexpr const char* prefix = "average.";

class Average : public Modifier {
 public:
  explicit Average(Options options) : options_(options) {}
  Writes writes() const override { return Writes::averages; }

  void open(Model& model, bool) override {
    for (const auto& name : model.parameters()) averaged(model, name);
    model.evaluate_with(prefix);
  }

  void after_step(Model& model, Step&) override {
    at::NoGradGuard no_grad;
    for (const auto& name : model.parameters()) {
      auto average = averaged(model, name);
      average.lerp_(model.parameter(name), 1 - options_.decay);
      // What was pruned is 0 at once, not little by little.
      if (const auto mask = model.mask(name); mask.defined()) average.mul_(mask);
    }
  }

  void close(Model& model) override {
    at::NoGradGuard no_grad;
    for (const auto& name : model.parameters()) model.parameter(name).copy_(averaged(model, name));
    model.evaluate_with("");
  }

 private:
  static at::Tensor averaged(Model& model, const Name& name) {
    const auto value = model.parameter(name);
    std::vector<Follow> follows;
    for (int axis = 0; axis < value.dim(); ++axis) follows.push_back({axis, name, axis});
    return model.own(
        prefix + name, [&] { return value.detach().clone(); }, Treatment::frozen, std::move(follows));
  }

  Options options_;
};

void enlist(schema::Registry& registry) {
  registry.add<Modifier, Options>("modifier", "average",
                                  [](const Options& options, const schema::Registry&, std::vector<Problem>&) {
                                    return std::make_unique<Average>(options);
                                  });
}

}  // namespace espalier::compression::average
