@dimensions 4294967295
@equalLength true
@seriesLength 99999999999
@classLabel true 1 2
@data
1,2,3:1
