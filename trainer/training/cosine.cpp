// Half a cosine from the full learning rate to a fraction of it (Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5, one
// cycle).
#include <cmath>

#include "schema/registry.h"
#include "training/optimizer.h"

namespace espalier::training::cosine {

struct Options {
  double final = 0.01;
  static void describe(schema::Describe<Options>& d) {
    d.about("half a cosine down", "Loshchilov & Hutter 2017, arXiv:1608.03983");
    d.key("final", &Options::final, "fraction of the learning rate at the end").range(0, 1);
  }
};

class Cosine final : public LearningRateSchedule {
 public:
  explicit Cosine(Options options) : options_(options) {}
  double factor(double t) const override {
    return options_.final + (1 - options_.final) * 0.5 * (1 + std::cos(3.14159265358979323846 * t));
  }

 private:
  Options options_;
};

void enlist(schema::Registry& registry) {
  registry.add<LearningRateSchedule, Options>(
      "lr_schedule", "cosine",
      [](const Options& options, const schema::Registry&,
         std::vector<Problem>&) -> std::unique_ptr<LearningRateSchedule> { return std::make_unique<Cosine>(options); });
}

}  // namespace espalier::training::cosine
