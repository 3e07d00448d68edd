// Pictures as the camera delivers them, for disturbances.
#pragma once
#include "datasets/image_front_end.h"
#include "datasets/raw_sample.h"

namespace espalier::datasets {

RawSample raw_of(const Image& image);
/// What something may have changed, rounded to whole pixels of 0 to 255.
Image picture_of(const RawSample& sample);

}  // namespace espalier::datasets
