// Layer analysis: the aggregation operators that read nothing but their arguments, in one table. All of
// their arguments must be plain. Not here, hence refused: `$function`, `$meta` and whatever is newer.

const names = `
  $abs $acos $acosh $add $allElementsTrue $and $anyElementTrue $arrayToObject $asin $asinh $atan
  $atan2 $atanh $avg $binarySize $bitAnd $bitNot $bitOr $bitXor $bsonSize $ceil $cmp $concat
  $convert $cos $cosh $dateAdd $dateDiff $dateFromParts $dateFromString $dateSubtract $dateToParts
  $dateToString $dateTrunc $dayOfMonth $dayOfWeek $dayOfYear $degreesToRadians $divide $exp
  $filter $floor $gt $gte $hour $indexOfArray $indexOfBytes $indexOfCP $isNumber $isoDayOfWeek
  $isoWeek $isoWeekYear $ln $log $log10 $lt $lte $ltrim $map $max $millisecond $min $minute $mod
  $month $multiply $not $or $pow $radiansToDegrees $rand $range $reduce $regexFind $regexFindAll
  $regexMatch $replaceAll $replaceOne $round $rtrim $second $setDifference $setEquals
  $setIntersection $setIsSubset $setUnion $sin $sinh $sortArray $split $sqrt $stdDevPop
  $stdDevSamp $strLenBytes $strLenCP $strcasecmp $substr $substrBytes $substrCP $subtract $sum
  $tan $tanh $toBool $toDate $toDecimal $toDouble $toInt $toLong $toLower $toObjectId $toString
  $toUpper $trim $trunc $type $week $year $zip
`;

/** MongoDB manual, "Aggregation Operators": those without a hidden way to the whole document. */
export const plainOperators: ReadonlySet<string> = new Set(names.trim().split(/\s+/));
