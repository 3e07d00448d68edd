#include "deployment/input_reader.h"

#include <map>

#include "base/error.h"
#include "base/text.h"
#include "datasets/front_end.h"
#include "datasets/image_front_end.h"

namespace espalier::deployment {
namespace {

class RecordingReader final : public InputReader {
 public:
  explicit RecordingReader(const Json& front_end) : front_end_(front_end) {}
  std::vector<float> read(const std::string& file) const override {
    return datasets::features_of_audio_file(front_end_, file);
  }
  std::int64_t elements() const override { return front_end_.elements(); }

 private:
  datasets::FrontEnd front_end_;
};

class PictureReader final : public InputReader {
 public:
  explicit PictureReader(const Json& front_end) : front_end_(front_end) {}
  std::vector<float> read(const std::string& file) const override {
    return datasets::features_of_image_file(front_end_, file);
  }
  std::int64_t elements() const override { return front_end_.elements(); }

 private:
  datasets::ImageFrontEnd front_end_;
};

template <class Reader>
std::unique_ptr<InputReader> make(const Json& front_end) {
  return std::make_unique<Reader>(front_end);
}

/// A new kind of input is a row here.
const std::map<std::string, std::unique_ptr<InputReader> (*)(const Json&)>& readers() {
  static const std::map<std::string, std::unique_ptr<InputReader> (*)(const Json&)> all = {
      {"mfcc", make<RecordingReader>},
      {"log_mel", make<RecordingReader>},
      {"image", make<PictureReader>},
  };
  return all;
}

}  // namespace

std::unique_ptr<InputReader> input_reader(const Json& front_end, const std::string& origin) {
  const auto& type = front_end.at("type");
  const auto found = type.is_text() ? readers().find(type.text()) : readers().end();
  if (found == readers().end())
    mistake(origin, concat("carries a front end of type ", type.dump(),
                           ", for which files cannot be read here; give the features to a runtime of your own"));
  return found->second(front_end);
}

}  // namespace espalier::deployment
