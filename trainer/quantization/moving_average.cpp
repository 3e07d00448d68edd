// Exponential moving average of each batch's smallest and largest value: held += momentum * (batch - held). Outliers
// fade, and the range follows the network while it trains. Calibration takes the plain mean over its batches, which is
// what the average tends to. Jacob et al. 2018, arXiv:1712.05877, section 3.1.
#include "quantization/observer.h"
#include "schema/registry.h"

namespace espalier::quantization::moving_average {

struct Options {
  double momentum = 0.01;
  static void describe(schema::Describe<Options>& d) {
    d.about("moving average of the batches' extremes", "Jacob et al. 2018, arXiv:1712.05877");
    d.key("momentum", &Options::momentum, "weight of the newest batch").range(1e-6, 1);
  }
};

class MovingAverage : public Observer {
 public:
  explicit MovingAverage(Options options) : options_(options) {}
  Range update(const Range& held, const Range& batch) const override {
    if (is_nothing(held)) return batch;
    return {held.low + options_.momentum * (batch.low - held.low),
            held.high + options_.momentum * (batch.high - held.high)};
  }
  Range calibrated(const std::vector<Range>& batches) const override {
    Range sum{0, 0};
    for (const auto& batch : batches) sum = {sum.low + batch.low, sum.high + batch.high};
    const auto count = static_cast<double>(batches.size());
    return {sum.low / count, sum.high / count};
  }

 private:
  Options options_;
};

void enlist(schema::Registry& registry) {
  registry.add<Observer, Options>("observer", "moving_average",
                                  [](const Options& options, const schema::Registry&, std::vector<Problem>&) {
                                    return std::make_unique<MovingAverage>(options);
                                  });
}

}  // namespace espalier::quantization::moving_average
