// Adam (Kingma & Ba 2015, arXiv:1412.6980) and AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101): the latter decays
// the weights beside the gradient, not through it.
#include <ATen/ATen.h>

#include "schema/registry.h"
#include "training/optimizer.h"

namespace espalier::training::adam {

struct Options {
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0;
  static void describe(schema::Describe<Options>& d) {
    d.about("adaptive moments", "Kingma & Ba 2015, arXiv:1412.6980");
    d.key("lr", &Options::lr, "learning rate").range(0, 10);
    d.key("beta1", &Options::beta1, "decay of the mean gradient").range(0, 0.99999);
    d.key("beta2", &Options::beta2, "decay of the mean squared gradient").range(0, 0.9999999);
    d.key("epsilon", &Options::epsilon, "added to the denominator").range(1e-16, 1);
    d.key("weight_decay", &Options::weight_decay, "of weights; not of biases and batch norm").range(0, 10);
  }
};

class Adam final : public Optimizer {
 public:
  Adam(Options options, bool decoupled) : options_(options), decoupled_(decoupled) {}
  std::vector<std::string> moments() const override { return {"mean", "mean_square"}; }
  double learning_rate() const override { return options_.lr; }
  double weight_decay() const override { return options_.weight_decay; }
  void update(std::vector<UpdateItem>& items, double learning_rate, double decay) const override {
    std::vector<at::Tensor> parameters, gradients, means, squares, steps;
    for (auto& item : items) {
      item.steps.add_(1);
      parameters.push_back(item.parameter);
      gradients.push_back(item.gradient);
      means.push_back(item.moments[0]);
      squares.push_back(item.moments[1]);
      steps.push_back(item.steps);
    }
    if (items.empty()) return;
    const auto step = decoupled_ ? &with_decay : &plain;
    step(parameters, gradients, means, squares, steps, learning_rate, options_, decay);
  }

 private:
  using List = std::vector<at::Tensor>;
  static void plain(List& p, List& g, List& m, List& s, List& steps, double lr, const Options& o, double decay) {
    at::_fused_adam_(p, g, m, s, {}, steps, lr, o.beta1, o.beta2, decay, o.epsilon, false, false);
  }
  static void with_decay(List& p, List& g, List& m, List& s, List& steps, double lr, const Options& o, double decay) {
    at::_fused_adamw_(p, g, m, s, {}, steps, lr, o.beta1, o.beta2, decay, o.epsilon, false, false);
  }
  Options options_;
  bool decoupled_;
};

void enlist(schema::Registry& registry) {
  const auto build = [](bool decoupled) {
    return [decoupled](const Options& options, const schema::Registry&,
                       std::vector<Problem>&) -> std::unique_ptr<Optimizer> {
      return std::make_unique<Adam>(options, decoupled);
    };
  };
  registry.add<Optimizer, Options>("optimizer", "adam", build(false));
  registry.add<Optimizer, Options>("optimizer", "adamw", build(true));
}

}  // namespace espalier::training::adam
