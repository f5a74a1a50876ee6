//! Columns of dates: how they are written, and what parts of them a network reads.

use crate::DataError;
use crate::column::{Column, MISSING, Values};
use crate::table::Table;
use crate::time;
use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use std::borrow::Cow;
use std::f64::consts::TAU;

/// The ways of writing a date that are found out, in the order in which they are tried. Where all
/// dates of a column can be read with the month or with the day first, the month is.
const FORMATS: [&str; 17] = [
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S%.fZ",
    "%Y-%m-%dT%H:%M:%S%.f%:z",
    "%Y-%m-%d %H:%M:%S%.f%:z",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%d-%m-%Y",
    "%d %b %Y",
    "%b %d, %Y",
];

/// The seconds of a date that is written so, if it is.
fn parse(format: &str, text: &str) -> Option<f64> {
    let broken = BrokenDownTime::parse(format, text).ok()?;
    if broken.offset().is_some() {
        return broken.to_timestamp().ok().map(|timestamp| timestamp.as_duration().as_secs_f64());
    }
    let time = broken.to_time().unwrap_or_default();
    Some(time::seconds(DateTime::from_parts(broken.to_date().ok()?, time)))
}

/// How all of these texts, of which there is at least one, are written, if they are dates; and whether
/// another reading, with the day first, is as good.
pub(crate) fn format_of<'a>(
    texts: impl Iterator<Item = &'a str> + Clone,
) -> Option<(&'static str, bool)> {
    // Most columns of text are none of dates, which the first text shows.
    let first = texts.clone().next()?;
    if first.len() < 8 || !first.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let suits = |format: &str| texts.clone().all(|text| parse(format, text).is_some());
    let format = FORMATS.into_iter().find(|format| suits(format))?;
    let swapped = format.replace("%m/%d", "%d/%m");
    Some((format, swapped != format && suits(&swapped)))
}

/// The seconds of every row of a column, NaN where one is missing. Text is read by `format`; where that
/// is empty, since the dates that were learned from were no text, as it is found to be written.
///
/// # Errors
/// [`DataError::NotADate`] for a text that is not written so.
pub(crate) fn seconds_of<'a>(
    table: &Table,
    column: &'a Column,
    format: &str,
) -> Result<Cow<'a, [f64]>, DataError> {
    match &column.values {
        Values::Times(seconds) => Ok(Cow::Borrowed(seconds)),
        Values::Text { codes, levels } => {
            let format = match format {
                "" => format_of(levels.iter().map(String::as_str)).map_or(FORMATS[0], |it| it.0),
                _ => format,
            };
            let levels: Vec<Option<f64>> = levels.iter().map(|text| parse(format, text)).collect();
            let second = |(row, &code): (usize, &u32)| match code {
                MISSING => Ok(f64::NAN),
                _ => levels[code as usize].ok_or_else(|| not_a_date(table, column, row, format)),
            };
            codes.iter().enumerate().map(second).collect::<Result<Vec<f64>, _>>().map(Cow::Owned)
        }
        Values::Numbers(_) | Values::Bytes(_) => {
            let row = (0..column.len()).find(|&row| !column.is_missing(row));
            match row {
                Some(row) => Err(not_a_date(table, column, row, format)),
                None => Ok(Cow::Owned(vec![f64::NAN; column.len()])),
            }
        }
    }
}

fn not_a_date(table: &Table, column: &Column, row: usize, format: &str) -> DataError {
    DataError::NotADate {
        place: table.place(row, &column.name),
        value: column.cell(row),
        format: match format {
            "" => FORMATS[0].to_owned(),
            _ => format.to_owned(),
        },
    }
}

/// A period that dates go through again and again. The place in it becomes two inputs, the sine and the
/// cosine of its angle, so that its end lies beside its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cycle {
    /// From one New Year to the next.
    Year,
    /// From the first of a month to the next.
    Month,
    /// From one Monday to the next.
    Week,
    /// From midnight to midnight.
    Day,
}

impl Cycle {
    /// Every cycle.
    pub const ALL: [Cycle; 4] = [Cycle::Year, Cycle::Month, Cycle::Week, Cycle::Day];

    /// Its name: `year`, `month`, `week` or `day`.
    pub fn name(self) -> &'static str {
        match self {
            Cycle::Year => "year",
            Cycle::Month => "month",
            Cycle::Week => "week",
            Cycle::Day => "day",
        }
    }

    /// How much of the cycle has passed at a point in time: from 0 to 1, 1 not included.
    pub(crate) fn passed(self, seconds: f64) -> f64 {
        const DAY: f64 = 86_400.0;
        let days = seconds / DAY;
        match (self, time::civil(seconds)) {
            (Cycle::Day, _) => days.rem_euclid(1.0),
            // The first of January 1970 was a Thursday.
            (Cycle::Week, _) => ((days + 3.0) / 7.0).rem_euclid(1.0),
            (_, None) => 0.0,
            (Cycle::Month, Some(civil)) => {
                let day = f64::from(civil.day()) - 1.0 + days.rem_euclid(1.0);
                day / f64::from(civil.days_in_month())
            }
            (Cycle::Year, Some(civil)) => {
                let day = f64::from(civil.day_of_year()) - 1.0 + days.rem_euclid(1.0);
                day / f64::from(civil.days_in_year())
            }
        }
    }

    /// Sine and cosine of the place in the cycle.
    pub(crate) fn place(self, seconds: f64) -> [f32; 2] {
        let angle = TAU * self.passed(seconds);
        [angle.sin() as f32, angle.cos() as f32]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(texts: &[&str]) -> Option<(&'static str, bool)> {
        format_of(texts.iter().copied())
    }

    #[test]
    fn ways_of_writing_are_found_out() {
        assert_eq!(format(&["2024-02-29", "1999-12-31"]), Some(("%Y-%m-%d", false)));
        assert_eq!(format(&["2023-02-29"]), None, "no such day");
        assert_eq!(format(&["12/31/1999", "02/01/2000"]), Some(("%m/%d/%Y", false)));
        assert_eq!(format(&["31/12/1999", "02/01/2000"]), Some(("%d/%m/%Y", false)));
        assert_eq!(format(&["01/02/1999", "02/01/2000"]), Some(("%m/%d/%Y", true)));
        assert_eq!(format(&["2024-02-29", "soon"]), None);
        assert_eq!(format(&["red", "blue"]), None);
        assert_eq!(format(&[]), None);
    }

    #[test]
    fn every_format_is_read() {
        let noon = 951_825_600.0; // 2000-02-29T12:00
        let midnight = noon - 43_200.0;
        for (format, text, seconds) in [
            ("%Y-%m-%d", "2000-02-29", midnight),
            ("%Y-%m-%dT%H:%M:%S%.f", "2000-02-29T12:00:00", noon),
            ("%Y-%m-%d %H:%M:%S%.f", "2000-02-29 12:00:00.25", noon + 0.25),
            ("%Y-%m-%dT%H:%M", "2000-02-29T12:00", noon),
            ("%Y-%m-%d %H:%M", "2000-02-29 12:00", noon),
            ("%Y-%m-%dT%H:%M:%S%.fZ", "2000-02-29T12:00:00Z", noon),
            ("%Y-%m-%dT%H:%M:%S%.f%:z", "2000-02-29T14:00:00+02:00", noon),
            ("%Y-%m-%d %H:%M:%S%.f%:z", "2000-02-29 14:00:00+02:00", noon),
            ("%Y/%m/%d", "2000/02/29", midnight),
            ("%d.%m.%Y", "29.02.2000", midnight),
            ("%m/%d/%Y", "02/29/2000", midnight),
            ("%d/%m/%Y", "29/02/2000", midnight),
            ("%m/%d/%Y %H:%M", "02/29/2000 12:00", noon),
            ("%d/%m/%Y %H:%M", "29/02/2000 12:00", noon),
            ("%d-%m-%Y", "29-02-2000", midnight),
            ("%d %b %Y", "29 Feb 2000", midnight),
            ("%b %d, %Y", "Feb 29, 2000", midnight),
        ] {
            assert_eq!(format_of([text].into_iter()).unwrap().0, format);
            assert_eq!(parse(format, text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn cycles_end_where_they_begin() {
        let at = |text| parse("%Y-%m-%d %H:%M", text).unwrap();
        let monday = at("2024-01-01 00:00");
        assert_eq!(Cycle::ALL.map(|cycle| cycle.passed(monday)), [0.0; 4]);
        let noon = at("2024-07-04 12:00"); // a Thursday
        assert_eq!(Cycle::Day.passed(noon), 0.5);
        assert_eq!(Cycle::Week.passed(noon), 0.5);
        assert_eq!(Cycle::Month.passed(noon), 3.5 / 31.0);
        assert_eq!(Cycle::Year.passed(noon), 185.5 / 366.0);
        assert_eq!(Cycle::Day.passed(-3_600.0), 23.0 / 24.0, "before 1970");
        let [sine, cosine] = Cycle::Day.place(noon - 21_600.0);
        assert!((sine - 1.0).abs() < 1e-7 && cosine.abs() < 1e-7);
    }
}
