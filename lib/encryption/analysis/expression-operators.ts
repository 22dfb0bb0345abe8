// Layer analysis: the aggregation operators that read nothing but their arguments, in one table.
// Not here, hence refused: `$getField`, `$setField`, `$function`, `$meta` and whatever is newer.

const names = `
  $abs $add $allElementsTrue $and $anyElementTrue $arrayElemAt $arrayToObject $avg $bitAnd
  $bitNot $bitOr $bitXor $ceil $cmp $concat $concatArrays $cond $convert $dateAdd $dateDiff
  $dateFromParts $dateFromString $dateSubtract $dateToParts $dateToString $dateTrunc
  $dayOfMonth $dayOfWeek $dayOfYear $divide $eq $exp $filter $first $floor $gt $gte $hour
  $ifNull $in $indexOfArray $indexOfBytes $indexOfCP $isArray $isNumber $isoDayOfWeek
  $isoWeek $isoWeekYear $last $let $ln $log $log10 $lt $lte $ltrim $map $max $mergeObjects
  $millisecond $min $minute $mod $month $multiply $ne $not $objectToArray $or $pow $range
  $reduce $regexFind $regexFindAll $regexMatch $replaceAll $replaceOne $reverseArray $round
  $rtrim $second $setDifference $setEquals $setIntersection $setIsSubset $setUnion $size
  $slice $split $sqrt $strLenBytes $strLenCP $strcasecmp $substr $substrBytes $substrCP
  $subtract $sum $switch $toBool $toDate $toDecimal $toDouble $toInt $toLong $toLower
  $toObjectId $toString $toUpper $trim $trunc $type $week $year $zip
`;

/** MongoDB manual, "Aggregation Operators": those without a hidden way to the whole document. */
export const expressionOperators: ReadonlySet<string> = new Set(names.trim().split(/\s+/));

/** `$group` accumulators that read nothing but their argument. */
export const accumulators: ReadonlySet<string> = new Set([
  '$addToSet',
  '$avg',
  '$count',
  '$first',
  '$last',
  '$max',
  '$mergeObjects',
  '$min',
  '$push',
  '$stdDevPop',
  '$stdDevSamp',
  '$sum',
]);
