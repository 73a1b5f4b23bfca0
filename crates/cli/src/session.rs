//! What a command works with: the screen, the state directory, the project, the engine, the server.

use std::sync::Arc;

use landfall_bom::Colour;
use landfall_engine::{ALL, Engine, Observe};
use landfall_model::name::{EnvironmentId, Name};

use crate::arguments::Globals;
use crate::background::Server;
use crate::client::{Client, Reader};
use crate::error::Error;
use crate::home::{Home, Where};
use crate::project::{BomFile, Project};
use crate::screen::Screen;
use crate::screen::paint::Paint;

/// What a command works with.
pub(crate) struct Session {
    /// The flags that every command has.
    pub(crate) globals: Globals,
    /// The outputs.
    pub(crate) screen: Screen,
}

impl Session {
    /// A session with the given flags.
    pub(crate) fn new(globals: Globals) -> Self {
        let screen = Screen::new(globals.color, globals.talk(), globals.form());
        Self { globals, screen }
    }

    /// The state directory; it need not be there.
    ///
    /// # Errors
    /// When nothing says where it is.
    pub(crate) fn home(&self) -> Result<Home, Error> {
        Ok(Home::find(Where::of_process(self.globals.home.clone()))?)
    }

    /// The bill of materials as a file.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn file(&self) -> Result<BomFile, Error> {
        Ok(BomFile::observe(self.globals.file.as_deref())?)
    }

    /// The project.
    ///
    /// # Errors
    /// When there is no bill of materials, or it is wrong.
    pub(crate) fn project(&self) -> Result<Project, Error> {
        Ok(self.file()?.open(colour(self.screen.talk_paint()), |warnings| self.screen.talk(warnings))?)
    }

    /// The environment that is meant. The bill of materials is read only if the landscape isn't named.
    ///
    /// # Errors
    /// When the bill of materials is needed and there is none.
    pub(crate) fn environment(&self) -> Result<EnvironmentId, Error> {
        let choice = self.globals.env.clone().unwrap_or_default();
        let landscape = match choice.landscape {
            Some(landscape) => landscape,
            None => self.landscape()?,
        };
        Ok(EnvironmentId::new(landscape, choice.environment))
    }

    /// The landscape that is meant.
    ///
    /// # Errors
    /// When the bill of materials is needed and there is none.
    pub(crate) fn landscape(&self) -> Result<Name, Error> {
        let named = self.globals.env.as_ref().and_then(|choice| choice.landscape.clone());
        match named {
            Some(landscape) => Ok(landscape),
            None => {
                let project = self.project().map_err(|source| Error::NoLandscape(Box::new(source)))?;
                Ok(project.landscape.landscape.clone())
            }
        }
    }

    /// The project's environment that is meant.
    ///
    /// # Errors
    /// When another landscape is meant than the project's.
    pub(crate) fn environment_of(&self, project: &Project) -> Result<EnvironmentId, Error> {
        let choice = self.globals.env.clone().unwrap_or_default();
        let landscape = project.landscape.landscape.clone();
        match choice.landscape {
            Some(named) if named != landscape => Err(Error::OtherLandscape { named, landscape }),
            _ => Ok(EnvironmentId::new(landscape, choice.environment)),
        }
    }

    /// The engine.
    ///
    /// # Errors
    /// When it can't be used.
    pub(crate) async fn engine(&self) -> Result<Arc<dyn Engine>, Error> {
        let kind = ALL.first().expect("there is an engine");
        Ok((kind.connect)(self.globals.docker.clone()).await?)
    }

    /// The half of the engine that can't change anything.
    ///
    /// # Errors
    /// When it can't be used.
    pub(crate) async fn observe(&self) -> Result<Arc<dyn Observe>, Error> {
        Ok(self.engine().await?)
    }

    /// The server, started in the background if none answers.
    ///
    /// # Errors
    /// When it can't be started.
    pub(crate) async fn server(&self) -> Result<Client, Error> {
        let home = self.home()?;
        let server = Server { home: &home, docker: self.globals.docker.as_deref(), screen: &self.screen };
        Ok(server.ensure().await?)
    }

    /// The half of the server that changes no environment.
    ///
    /// # Errors
    /// When it can't be started.
    pub(crate) async fn reader(&self) -> Result<Reader, Error> {
        Ok(self.server().await?.into_reader())
    }
}

/// The diagnostics' word for colours.
pub(crate) const fn colour(paint: Paint) -> Colour {
    match paint {
        Paint::Plain => Colour::Plain,
        Paint::Colours => Colour::Ansi,
    }
}
