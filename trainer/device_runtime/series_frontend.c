/* Windows of sampled series; see the header. */
#include "device_runtime/series_frontend.h"

const char* espalier_series_status_text(espalier_series_status status) {
  switch (status) {
    case ESPALIER_SERIES_OK:
      return "no error";
    case ESPALIER_SERIES_BAD_CHANNELS:
      return "1 to 64 channels are needed";
    case ESPALIER_SERIES_BAD_WINDOW:
      return "a window of 2 to 65536 samples and a hop of at least 1 are needed";
    case ESPALIER_SERIES_BAD_NORMALIZATION:
      return "a channel is normalised neither by fixed constants nor by its window";
    case ESPALIER_SERIES_BAD_SCALE:
      return "a channel's mean or deviation is out of range";
    case ESPALIER_SERIES_BAD_DEVIATION:
      return "a channel's least deviation must be 1 to 32767 steps";
    case ESPALIER_SERIES_SMALL_MEMORY:
      return "the ring needs window * channels elements";
  }
  return "unknown error";
}

static espalier_series_status check_channel(const espalier_series_channel* channel) {
  const int32_t most_mean = 256 * 32768;
  if (channel->normalization == ESPALIER_SERIES_FIXED) {
    const int well = channel->multiplier >= (1 << 30) && channel->shift >= 1 && channel->shift <= 46 &&
                     channel->mean_q8 >= -most_mean && channel->mean_q8 <= most_mean;
    return well ? ESPALIER_SERIES_OK : ESPALIER_SERIES_BAD_SCALE;
  }
  if (channel->normalization != ESPALIER_SERIES_WINDOW) return ESPALIER_SERIES_BAD_NORMALIZATION;
  return channel->least_deviation >= 1 && channel->least_deviation <= 32767 ? ESPALIER_SERIES_OK
                                                                            : ESPALIER_SERIES_BAD_DEVIATION;
}

espalier_series_status espalier_series_check(const espalier_series_spec* spec) {
  espalier_series_status status = ESPALIER_SERIES_OK;
  if (spec->channels < 1 || spec->channels > ESPALIER_SERIES_MOST_CHANNELS) return ESPALIER_SERIES_BAD_CHANNELS;
  if (spec->window < 2 || spec->window > ESPALIER_SERIES_MOST_WINDOW || spec->hop < 1)
    return ESPALIER_SERIES_BAD_WINDOW;
  for (int32_t c = 0; c < spec->channels && status == ESPALIER_SERIES_OK; ++c)
    status = check_channel(&spec->channel[c]);
  return status;
}

espalier_series_status espalier_series_start(espalier_series_ring* ring, const espalier_series_spec* spec,
                                             int16_t* memory, size_t elements) {
  const espalier_series_status status = espalier_series_check(spec);
  if (status != ESPALIER_SERIES_OK) return status;
  if (elements < (size_t)spec->window * (size_t)spec->channels) return ESPALIER_SERIES_SMALL_MEMORY;
  ring->spec = spec;
  ring->samples = memory;
  ring->next = 0;
  ring->due = spec->window;
  return ESPALIER_SERIES_OK;
}

int espalier_series_push(espalier_series_ring* ring, const int16_t* row) {
  const espalier_series_spec* spec = ring->spec;
  int16_t* place = ring->samples + (ptrdiff_t)ring->next * spec->channels;
  for (int32_t c = 0; c < spec->channels; ++c) place[c] = row[c];
  ring->next = ring->next + 1 < spec->window ? ring->next + 1 : 0;
  if (--ring->due > 0) return 0;
  ring->due = spec->hop;
  return 1;
}

/* Floor of the square root, a bit at a time. */
static uint32_t root_of(uint64_t value) {
  uint64_t root = 0;
  for (uint64_t bit = (uint64_t)1 << 62; bit != 0; bit >>= 2) {
    if (value >= root + bit) {
      value -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  return (uint32_t)root;
}

/* Of one channel: its samples stand `stride` apart. window^2 * variance = window * sum(x^2) - sum(x)^2 is exact and
 * below 2^62; it is moved up by an even number of bits, so that its root keeps 30. */
static espalier_series_scale scale_of(const espalier_series_channel* channel, int32_t window, const int16_t* samples,
                                      int32_t stride) {
  espalier_series_scale scale = {0, 0, 0};
  int64_t squares = 0;
  uint64_t spread, least;
  for (int32_t i = 0; i < window; ++i) {
    const int32_t x = samples[(ptrdiff_t)i * stride];
    scale.sum += x;
    squares += (int64_t)x * x;
  }
  spread = (uint64_t)((int64_t)window * squares - scale.sum * scale.sum);
  least = (uint64_t)window * (uint64_t)channel->least_deviation;
  if (spread < least * least) spread = least * least;
  for (; spread < (uint64_t)1 << 60; spread <<= 2) ++scale.k;
  scale.root = root_of(spread);
  return scale;
}

void espalier_series_scales(const espalier_series_spec* spec, const int16_t* samples, espalier_series_scale* scales) {
  for (int32_t c = 0; c < spec->channels; ++c)
    if (spec->channel[c].normalization == ESPALIER_SERIES_WINDOW)
      scales[c] = scale_of(&spec->channel[c], spec->window, samples + c, spec->channels);
}

/* Floor of value / 2^shift, without relying on the right shift of negative numbers. */
static int64_t shift_down(int64_t value, int32_t shift) {
  return value >= 0 ? value >> shift : -((-value - 1) >> shift) - 1;
}

static int32_t fixed_feature(const espalier_series_channel* channel, int32_t sample) {
  const int64_t product = ((int64_t)sample * 256 - channel->mean_q8) * channel->multiplier;
  const int64_t feature = shift_down(product + ((int64_t)1 << (channel->shift - 1)), channel->shift);
  const int64_t most = ESPALIER_SERIES_MOST_FEATURE;
  return (int32_t)(feature < -most ? -most : feature > most ? most : feature);
}

/* A sample is at most sqrt(window) deviations from its mean, so that the numerator stays below 2^55. */
static int32_t window_feature(const espalier_series_scale* scale, int32_t window, int32_t sample) {
  const int64_t distance = (int64_t)window * sample - scale->sum;
  const int64_t numerator = (distance < 0 ? -distance : distance) * ((int64_t)1 << (scale->k + 16));
  const int32_t feature = (int32_t)((numerator + scale->root / 2) / scale->root);
  return distance < 0 ? -feature : feature;
}

void espalier_series_row(const espalier_series_spec* spec, const espalier_series_scale* scales, const int16_t* row,
                         int32_t* features) {
  for (int32_t c = 0; c < spec->channels; ++c)
    features[c] = spec->channel[c].normalization == ESPALIER_SERIES_FIXED
                      ? fixed_feature(&spec->channel[c], row[c])
                      : window_feature(&scales[c], spec->window, row[c]);
}
