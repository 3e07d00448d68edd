#include "schema/registry.h"

#include "catch.h"
#include "schema/document.h"

using namespace espalier;
using namespace espalier::schema;

namespace {

struct Loss {
  virtual ~Loss() = default;
  virtual double value() const = 0;
};
struct Kl : Loss {
  struct Options {
    double temperature = 4;
    static void describe(Describe<Options>& d) {
      d.key("temperature", &Options::temperature, "softens").range(0.1, 100);
    }
  };
  explicit Kl(const Options& o) : options(o) {}
  double value() const override { return options.temperature; }
  Options options;
};

Registry with_kl() {
  Registry registry;
  registry.add<Loss, Kl::Options>("loss", "kl", [](const Kl::Options& options, const Registry&, std::vector<Problem>&) {
    return std::make_unique<Kl>(options);
  });
  return registry;
}

std::shared_ptr<Loss> make(const std::string& yaml, std::vector<Problem>& problems) {
  return with_kl().make<Loss>("loss", *parse("loss: " + yaml, "r.yaml").find("loss"), problems);
}

}  // namespace

TEST_CASE("a component is made by its type, with its options or as a plain word") {
  std::vector<Problem> problems;
  CHECK(make("{type: kl, temperature: 2, name: mine}", problems)->value() == 2);
  CHECK(make("kl", problems)->value() == 4);
  CHECK(problems.empty());
}

TEST_CASE("unknown types and wrong options are problems, not crashes") {
  std::vector<Problem> problems;
  CHECK(make("kll", problems) == nullptr);
  CHECK(make("{type: zebra}", problems) == nullptr);
  CHECK(make("{temperature: 2}", problems) == nullptr);
  CHECK(make("[kl]", problems) == nullptr);
  CHECK(make("{type: kl, temperature: 0, temp: 1}", problems) == nullptr);
  REQUIRE(problems.size() == 6);
  CHECK(problems[0].text == "unknown loss 'kll'; did you mean 'kl'?");
  CHECK(problems[1].text == "unknown loss 'zebra'; there are kl");
  CHECK(problems[1].origin == "r.yaml:1:14");
  CHECK(problems[2].text == "a loss needs `type:`, one of kl");
}

TEST_CASE("a key is registered once; entries carry their fields") {
  auto registry = with_kl();
  CHECK_THROWS_AS((registry.add<Loss, Kl::Options>("loss", "kl",
                                                   [](const Kl::Options& o, const Registry&, std::vector<Problem>&) {
                                                     return std::make_unique<Kl>(o);
                                                   })),
                  Error);
  CHECK(registry.kinds() == std::vector<std::string>{"loss"});
  CHECK(registry.keys("loss") == std::vector<std::string>{"kl"});
  CHECK(registry.find("loss", "kl")->fields.all.size() == 1);
  CHECK(registry.find("loss", "mse") == nullptr);
}
