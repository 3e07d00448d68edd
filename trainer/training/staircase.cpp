// The learning rate falls by a factor at given fractions of the training.
#include <cmath>

#include "schema/registry.h"
#include "training/optimizer.h"

namespace espalier::training::staircase {

struct Options {
  std::vector<double> at = {0.5, 0.75};
  double factor = 0.1;
  static void describe(schema::Describe<Options>& d) {
    d.about("falls by a factor at given moments");
    d.key("at", &Options::at, "moments, as fractions of the training");
    d.key("factor", &Options::factor, "multiplies the learning rate at each").range(0, 1);
  }
};

class Staircase final : public LearningRateSchedule {
 public:
  explicit Staircase(Options options) : options_(std::move(options)) {}
  double factor(double t) const override {
    double all = 1;
    for (const double moment : options_.at)
      if (t >= moment) all *= options_.factor;
    return all;
  }

 private:
  Options options_;
};

void enlist(schema::Registry& registry) {
  registry.add<LearningRateSchedule, Options>("lr_schedule", "staircase",
                                              [](const Options& options, const schema::Registry&,
                                                 std::vector<Problem>&) -> std::unique_ptr<LearningRateSchedule> {
                                                return std::make_unique<Staircase>(options);
                                              });
}

}  // namespace espalier::training::staircase
