// Stochastic gradient descent with momentum, as PyTorch defines it: v = momentum v + g; w -= lr v (with Nesterov: lr (g
// + momentum v)).
#include <ATen/ATen.h>

#include "schema/registry.h"
#include "training/optimizer.h"

namespace espalier::training::sgd {

struct Options {
  double lr = 0.05, momentum = 0.9, weight_decay = 0;
  bool nesterov = false;
  static void describe(schema::Describe<Options>& d) {
    d.about("stochastic gradient descent with momentum", "Sutskever et al. 2013, ICML");
    d.key("lr", &Options::lr, "learning rate").range(0, 100);
    d.key("momentum", &Options::momentum, "of the gradient").range(0, 0.9999);
    d.key("weight_decay", &Options::weight_decay, "of weights; not of biases and batch norm").range(0, 10);
    d.key("nesterov", &Options::nesterov, "looks ahead");
  }
};

class Sgd final : public Optimizer {
 public:
  explicit Sgd(Options options) : options_(options) {}
  std::vector<std::string> moments() const override { return {"velocity"}; }
  double learning_rate() const override { return options_.lr; }
  double weight_decay() const override { return options_.weight_decay; }
  void update(std::vector<UpdateItem>& items, double learning_rate, double decay) const override {
    for (auto& item : items) {
      item.steps.add_(1);
      auto gradient = decay > 0 ? item.gradient.add(item.parameter, decay) : item.gradient;
      auto& velocity = item.moments[0].mul_(options_.momentum).add_(gradient);
      item.parameter.sub_(options_.nesterov ? gradient.add(velocity, options_.momentum) : velocity, learning_rate);
    }
  }

 private:
  Options options_;
};

void enlist(schema::Registry& registry) {
  registry.add<Optimizer, Options>("optimizer", "sgd",
                                   [](const Options& options, const schema::Registry&,
                                      std::vector<Problem>& problems) -> std::unique_ptr<Optimizer> {
                                     if (options.nesterov && options.momentum == 0)
                                       problems.push_back({"", "sgd: nesterov needs a momentum"});
                                     return std::make_unique<Sgd>(options);
                                   });
}

}  // namespace espalier::training::sgd
