//! The chart library draws through this onto a [`Drawing`], so that its text is escaped and set as
//! ours.

use crate::{Color, Drawing, Stroke, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind,
};
use std::convert::Infallible;

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

pub(crate) struct Backend<'a> {
    pub(crate) drawing: &'a mut Drawing,
    pub(crate) size: (u32, u32),
}

fn color(color: BackendColor) -> Option<Color> {
    let (red, green, blue) = color.rgb;
    (color.alpha > 0.0).then_some(Color(red, green, blue))
}

/// The middle of a pixel, where a line one pixel wide is sharp.
fn middle((x, y): BackendCoord) -> (f64, f64) {
    (f64::from(x) + 0.5, f64::from(y) + 0.5)
}

impl DrawingBackend for Backend<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, paint: BackendColor) -> Drawn {
        let corner = (f64::from(point.0), f64::from(point.1));
        if let Some(fill) = color(paint) {
            self.drawing.rectangle(corner, (1.0, 1.0), Some(fill), None);
        }
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        if let Some(color) = color(style.color()) {
            let stroke = Stroke::new(color, style.stroke_width().into());
            self.drawing.line(middle(from), middle(to), &stroke);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        if let Some(color) = color(style.color()) {
            let points: Vec<(f64, f64)> = path.into_iter().map(middle).collect();
            self.drawing.polyline(&points, &Stroke::new(color, style.stroke_width().into()));
        }
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        place: BackendCoord,
    ) -> Drawn {
        let Some(color) = color(style.color()) else { return Ok(()) };
        let size = style.size();
        // From the place to the base line: digits are 0.73 of the size high.
        let drop = size
            * match style.anchor().v_pos {
                VPos::Top => 0.73,
                VPos::Center => 0.365,
                VPos::Bottom => 0.0,
            };
        let text_style = match style.anchor().h_pos {
            HPos::Left => Text::new(color, size),
            HPos::Center => Text::new(color, size).middle(),
            HPos::Right => Text::new(color, size).end(),
        };
        let (x, y) = middle(place);
        self.drawing.text((x, y + drop), text, &text_style);
        Ok(())
    }
}
