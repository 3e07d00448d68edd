/* Include first in every C file that computes in floating point: from here to the end of the file, a * b + c is two
 * roundings, never one fused one, whatever the flags (-ffast-math excepted). Without it the same source gives other
 * bits on processors with and without fused multiply-add. */
#pragma once
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#else
#pragma STDC FP_CONTRACT OFF
#endif
