#comment
@problemName Walks
@timeStamps false
@univariate false
@dimensions 2
@equalLength true
@seriesLength 3
@classLabel true a b
@data
1,2.5,?:-3e2,+4,NaN:b
5,6,7:8,9,10:a
